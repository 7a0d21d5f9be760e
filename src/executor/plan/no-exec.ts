/** A working directory on a file system where nothing can be executed (mount(8), noexec): a program there would get a verdict for it. */
import { forbidsExecution } from "../../kernel/mount.ts";
import { IsolateError } from "../../model/errors.ts";

/**
 * For where the mount of the working directory cannot be made to allow it.
 * @param inside the working directory as the program has it
 * @throws IsolateError of kind Process when the program lies there and could not be executed
 */
export function refuseNoExec(program: string, inside: string, workdir: string): void {
  const lies = program.includes("/") && (!program.startsWith("/") || program.startsWith(`${inside}/`));
  if (!lies || !forbidsExecution(workdir)) return;
  throw new IsolateError("Process", `cannot execute ${program}: ${workdir} is on a file system that is mounted noexec`, {
    hint: "choose a place on another one with --state-dir, or mount that one without noexec",
  });
}
