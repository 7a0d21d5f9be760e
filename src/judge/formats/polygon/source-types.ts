/** Polygon's names of compilers, such as `cpp.gcc14-64-msys2-g++23`. */

/** The language of the pack `codeforces`, or of those built in, that a source of this type is in; null: there is none. */
export function languageOf(type: string): string | null {
  const name = type.toLowerCase();
  if (/^cpp\b|^cpp\./.test(name)) {
    // Older standards, and the compilers of Microsoft and Clang, are closest to C++17.
    const standard = Number(/(?:g\+\+|clang\+\+|ms|cpp)\D{0,3}(?:20)?(\d\d)$/.exec(name)?.[1] ?? 17);
    return standard >= 23 && standard < 90 ? "cpp23" : standard === 20 ? "cpp20" : "cpp17";
  }
  return prefixes.find(([prefix]) => name.startsWith(prefix))?.[1] ?? null;
}

const prefixes: readonly (readonly [prefix: string, language: string])[] = [
  ["c.", "c11"],
  ["javascript", "javascript"], ["js.", "javascript"], ["nodejs", "javascript"],
  ["java", "java"],
  ["kotlin", "kotlin"],
  ["python.pypy3", "pypy3"], ["pypy3", "pypy3"], ["python.3", "python"], ["python3", "python"],
  ["rust", "rust"],
  ["go", "go"],
];

/** Extensions of the sources of a type, or of all types that begin so (`cpp.*`). */
export function extensionsOf(type: string): readonly string[] | null {
  const family = type.toLowerCase().split(/[.*]/, 1)[0]!.replace(/\d+$/, "");
  return families[family] ?? null;
}

const families: Readonly<Record<string, readonly string[]>> = {
  c: [".c"], cpp: [".cpp", ".cc", ".cxx", ".c++"], java: [".java"], kotlin: [".kt"], python: [".py"], pypy: [".py"], rust: [".rs"], go: [".go"],
  pas: [".pas", ".dpr"], js: [".js"], cs: [".cs"],
};
