/** Which files CMS takes for sources, by its languages. */

/**
 * The first extension of a language is that of its graders and stubs. The others are those that submissions may have as well; but for .C, which
 * our packs do not tell from .c.
 */
const languages = [[".c"], [".cpp", ".cc", ".cxx", ".c++"], [".cs"], [".hs"], [".java"], [".pas"], [".php"], [".py"], [".rs"]] as const;

/** What lies beside a submission besides the grader: by the end of its name, for which sources. */
const headers = [
  { ending: ".h", extensions: [...languages[0], ...languages[1]] },
  { ending: "lib.pas", extensions: languages[5] },
] as const;

export const languageExtensions: readonly (readonly string[])[] = languages;

/** Extensions of the sources that a header is for; null: the file is none. */
export function headerFor(name: string): readonly string[] | null {
  return headers.find(({ ending }) => name.endsWith(ending))?.extensions ?? null;
}

export function isSource(name: string): boolean {
  return headerFor(name) === null && languages.some((extensions) => extensions.some((extension) => name.endsWith(extension) && name !== extension));
}
