/** Limits and surroundings of a command, as a box and its run have them. */
import type { IsolateConfigInput } from "../../../config/config.ts";
import { limits as table } from "../../../model/limits.ts";
import { plainRun, type FurtherBounds, type RunOptions } from "../../../model/request.ts";
import type { JobCommand, Limits } from "../../job.ts";
import { workdirMounts, workdirShown } from "./names.ts";

/** @param usual what the command does not say */
export function configOf(command: JobCommand, usual: Limits): IsolateConfigInput {
  const asked: Limits = { ...usual, ...command.limits };
  const { memory_limit: memory = table.memory_limit.default, stack_limit: stack = table.stack_limit.default } = asked;
  return {
    // A limit of time that is said in one way is not to be met in the other.
    time_limit: null,
    ...(asked as Partial<IsolateConfigInput>),
    // What the stack takes is memory as well.
    stack_limit: memory === null ? stack : Math.max(table.stack_limit.min, Math.min(stack ?? Infinity, memory)),
    mounts: [...workdirMounts()],
  };
}

function boundsOf({ cpuRate, dataLimit, addressSpaceLimit }: JobCommand): FurtherBounds | null {
  return cpuRate === null && dataLimit === null && addressSpaceLimit === null ? null : { cpuRate, dataBytes: dataLimit, addressSpaceBytes: addressSpaceLimit };
}

/** What does not depend on the streams. @param cpus those of the slot */
export function optionsOf(command: JobCommand, cpus: string | null): RunOptions {
  return {
    ...plainRun,
    fullEnvironment: environmentOf(command.environment),
    chdir: workdirShown(),
    cpus: command.cpus ?? cpus,
    bounds: boundsOf(command),
    ...(command.tty ? { allow: ["tty"] as const } : {}),
  };
}

/** An entry without a name or a value is none. */
function environmentOf(entries: readonly string[]): Readonly<Record<string, string>> {
  const pairs = entries.flatMap((entry) => {
    const equals = entry.indexOf("=");
    return equals < 1 || entry.includes("\0") ? [] : [[entry.slice(0, equals), entry.slice(equals + 1)] as const];
  });
  return Object.fromEntries(pairs);
}
