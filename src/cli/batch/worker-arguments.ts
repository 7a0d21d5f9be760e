/** The arguments of the processes that a batch starts for its slots: its own, but for what is said of the batch as a whole. */

const ofBatch: Readonly<Record<string, "switch" | "value">> = { "--jobs": "value", "--cpus": "value", "--ordered": "switch", "--silent": "switch" };

/**
 * @param argv of this process, from the command on, through the strict pass already
 * @param cpus of the slot; null: all
 */
export function workerArguments([command = "batch", ...argv]: readonly string[], cpus: string | null): string[] {
  const kept: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]!;
    const kind = ofBatch[argument.split("=", 1)[0]!];
    // No value begins with two dashes without an equals sign before it.
    if (kind === undefined) kept.push(argument);
    else if (kind === "value" && !argument.includes("=")) index++;
  }
  return [command, ...kept, "--jobs=1", "--silent", ...(cpus === null ? [] : [`--cpus=${cpus}`])];
}
