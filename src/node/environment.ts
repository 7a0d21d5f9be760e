/** What is read of the environment: the rest of the house cannot be loaded under Node, so config/load.ts is not here to ask. */

/** The variable that names the binary. */
export const binaryVariable = "MINI_ISOLATE_BINARY";

/** @returns null: nobody chose one */
export function chosenBinary(): string | null {
  return process.env[binaryVariable] || null;
}

/** The directories in which a command is looked for. */
export function searchPath(): readonly string[] {
  return (process.env["PATH"] ?? "").split(":").filter((directory) => directory.startsWith("/"));
}

/** The environment of a command of ours: that of this process without some variables, so that `--env NAME` removes them. */
export function environmentWithout(names: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.includes(name)));
}
