/** The environment that a program starts with. */

/** Directories that are searched for a program without a slash in its name, and the program's PATH. */
export const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Layers variables, later wins, null removes. The caller's own environment is not part of it unless given as `base`.
 * @returns `NAME=value` each
 */
export function buildEnvironment(
  base: Readonly<Record<string, string>> | null,
  home: string,
  ...layers: readonly (readonly (readonly [name: string, value: string | null])[])[]
): string[] {
  const variables = new Map<string, string>(Object.entries(base ?? { PATH: defaultPath, HOME: home, LANG: "C.UTF-8" }));
  for (const [name, value] of layers.flat()) {
    if (value === null) variables.delete(name);
    else variables.set(name, value);
  }
  return [...variables].map(([name, value]) => `${name}=${value}`);
}

/** The PATH that the program's name is looked up in. */
export function searchPath(environment: readonly string[]): string {
  return environment.find((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? defaultPath;
}
