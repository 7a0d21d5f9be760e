/** Which files of the working directory a compile step leaves for the run. */

/**
 * @param globs of a compile plan: `*` and `?` stay within one directory, `**` crosses them
 * @returns whether a path, relative to the working directory and without `./`, is an artefact
 */
export function artefactMatcher(globs: readonly string[]): (relativePath: string) => boolean {
  const matchers = globs.map((glob) => new Bun.Glob(glob.replace(/^(?:\.\/)+/, "")));
  return (relativePath) => matchers.some((matcher) => matcher.match(relativePath));
}
