/** Why a file of the box could not become a stream of the program, where the error number alone does not say it. */
import { describeErrno, errno } from "../../kernel/errno.ts";
import type { Launch } from "../../model/observation.ts";

/** The launch as it was, with a reason for a link that is not followed. */
export function explainStream(launch: Launch): Launch {
  if (launch.kind !== "failed" || launch.errno !== errno.ELOOP || !/^open std(in|out|err) file /.test(launch.does)) return launch;
  return { ...launch, reason: `${describeErrno(launch.errno)}; links like /proc/self/exe and /proc/self/fd/3 are not followed: name a file of the box` };
}
