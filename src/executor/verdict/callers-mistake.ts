/** Places in the box that the caller has named and that are not there: a mistake of the caller, not a verdict and no fault of the host. */
import { describeErrno, errno } from "../../kernel/errno.ts";
import { configError } from "../../model/errors.ts";
import type { Launch } from "../../model/observation.ts";
import type { RunOptions } from "../../model/request.ts";
import type { LaunchSpec } from "../plan/spec.ts";

/** What the kernel answers about a name, and not about the host. */
const aboutNames: readonly (number | undefined)[] = [
  errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG, errno.EISDIR, errno.ENXIO, errno.ENODEV, errno.EROFS,
];

/** @throws IsolateError of kind Config for a working directory or a stream that was asked for and cannot be had */
export function refuseStrayNames(launch: Launch, { chdir }: Pick<LaunchSpec, "chdir">, options: RunOptions): void {
  if (launch.kind !== "failed" || !aboutNames.includes(launch.errno)) return;
  const said = `cannot ${launch.does}: ${launch.reason ?? describeErrno(launch.errno)}`;
  if (options.chdir !== null && launch.does === `enter ${chdir}`) {
    throw configError(said, "--chdir names a directory in the box that the program may enter: make it first, or mount it (--mount)");
  }
  const stream = /^open (std(?:in|out|err)) file /.exec(launch.does)?.[1];
  if (stream === undefined) return;
  const other = stream === "stdin" ? "; --input takes a file of the host" : "";
  throw configError(said, `--${stream}-file names a file in the box, below its working directory unless it begins with /${other}`);
}
