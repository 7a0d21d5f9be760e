/** Why a program could not be executed, and what to do about it. Loaded only then: execve has said no more than a number. */
import { describeErrno, errno } from "../../kernel/errno.ts";
import { callerUid } from "../../kernel/caller.ts";
import type { Launch } from "../../model/observation.ts";
import type { Box, PreparedRun } from "../plan/prepare.ts";
import { adviceForAbsence, adviceForFile, adviceForInterpreter, type Surroundings } from "./advice.ts";
import { adviceForHost, deepestInterpreter, isHostsFault } from "./host.ts";
import { lookInside, type Found, type FoundFile, type Looked } from "./look.ts";
import { describeFile, describeFound, describePath, shown, type Reason } from "./words.ts";

type Failed = Extract<Launch, { kind: "not executable" }>;

/** The launch with a reason in words; one that has failed where the host is why; as it was where the number says as much as we know. */
export function explainExecFailure(launch: Failed, box: Box, prepared: PreparedRun): Launch {
  // A program of another user than we took it for: what is said of it then (classify.ts) is not about the file.
  if (launch.errno === errno.EAGAIN) return launch;
  const [program = ""] = prepared.spec.program.argv;
  const around = surroundings(box, prepared);
  let reason: Reason | null = null;
  let there: Looked | null = null;
  try {
    const looked = prepared.spec.program.candidates.map((candidate) => lookInside(around.view, candidate, around.directory));
    there = looked.find(isThere) ?? null;
    reason = reasonFor(launch.errno, program, looked, prepared.spec.program.candidates, around) ?? describePath(launch.errno, prepared.spec) ?? beyondLandlock(launch.errno, there, prepared, around);
  } catch {
    // What cannot be looked at must not cost the verdict.
  }
  const why = inWords(launch.errno, reason);
  if (isHostsFault(launch.errno, there, around, prepared.isolation)) return { kind: "failed", does: `execute ${shown(program)}`, errno: launch.errno, reason: why };
  return { ...launch, reason: `cannot execute ${shown(program)}: ${why}` };
}

/** Without namespaces the whole host is there to be looked at, and Landlock allows only what a box would have. */
function beyondLandlock(number: number, there: Looked | null, { isolation, spec: { landlock } }: PreparedRun, { temporary, view }: Surroundings): Reason | null {
  if (isolation !== "none" || landlock === null || number !== errno.EACCES || there?.found.kind !== "file") return null;
  const { path } = there.found;
  if (landlock.rules.some((rule) => path === rule.path || path.startsWith(`${rule.path}/`))) return null;
  const advice = temporary ? `run it with mini-isolate execute --source ${shown(path)}` : `copy it to ${shown(view.workdir)}`;
  return { why: `there are no namespaces on this host, and Landlock keeps programs from ${shown(path)}`, advice };
}

function inWords(number: number, reason: Reason | null): string {
  const advice = adviceForHost(number) ?? reason?.advice ?? null;
  const todo = advice === null ? "" : `: ${advice}`;
  if (reason === null) return `${describeErrno(number)}${todo}`;
  const name = Object.entries(errno).find(([, known]) => known === number)?.[0] ?? `errno ${number}`;
  return `${reason.why} (${name})${todo}`;
}

function surroundings(box: Box, { isolation, spec }: PreparedRun): Surroundings {
  const user = spec.subordinate !== null ? null : spec.ownUid ? { uid: box.uid, gid: box.gid } : { uid: callerUid(), gid: process.getegid!() };
  return {
    view: { mounts: isolation === "none" ? [] : spec.mounts, workdir: box.workdir, home: box.home },
    directory: spec.chdir,
    user,
    temporary: box.temporary ?? false,
    counsel: box.counsel ?? null,
  };
}

/** What execve found, as it went on where nothing was. */
function isThere({ found }: Looked): boolean {
  return found.kind !== "absent" && found.kind !== "unknown" && found.kind !== "not a directory";
}

function reasonFor(number: number, program: string, looked: readonly Looked[], candidates: readonly string[], around: Surroundings): Reason | null {
  const there = looked.find(isThere);
  if (there === undefined) {
    if (number !== errno.ENOENT && number !== errno.ENOTDIR) return null;
    if (program.includes("/")) return absent(program, looked[0]!.found, around);
    const searched = candidates.map((candidate) => candidate.slice(0, -program.length - 1));
    return { why: `there is no ${shown(program)} in the directories of PATH in the box (${searched.map(shown).join(" ")})`, advice: adviceForAbsence(program, null, around) };
  }
  return reasonOf(number, there, around);
}

function absent(program: string, found: Found, around: Surroundings): Reason | null {
  const why = describeFound(found);
  return why === null ? null : { why, advice: found.kind === "absent" ? adviceForAbsence(program, found, around) : null };
}

/** Of something that is there. */
function reasonOf(number: number, { found, directories }: Looked, around: Surroundings): Reason | null {
  if (found.kind !== "file") {
    const why = describeFound(found);
    return why === null ? null : { why, advice: null };
  }
  const why = describeFile(number, found, directories, around.user);
  if (why !== null) return { why, advice: adviceForFile(number, found, around) };
  return interpreterReason(number, found, around, 0);
}

/** The file is as it should be: then it is what it asks for. */
function interpreterReason(number: number, file: FoundFile, around: Surroundings, depth: number): Reason | null {
  const { format } = file;
  if ((format?.kind !== "script" && format?.kind !== "elf") || format.interpreter === null || depth > deepestInterpreter) return null;
  const { interpreter, kind } = format;
  const asked = kind === "script" ? `which the #! line of ${shown(file.path)} asks for` : `the loader that ${shown(file.path)} is linked with`;
  if (kind === "script" && interpreter.endsWith("\r")) {
    return { why: `the #! line of ${shown(file.path)} ends with a carriage return, as lines do on Windows, and the kernel takes it for a part of the name`, advice: "write the file with the line ends of Unix" };
  }
  const { found, directories } = lookInside(around.view, interpreter, around.directory);
  if (found.kind === "absent") {
    return { why: `there is no ${shown(interpreter)} in the box, ${asked}`, advice: adviceForInterpreter(interpreter, kind, around) };
  }
  if (found.kind !== "file") {
    const what = describeFound(found);
    return what === null ? null : { why: `${what}, ${asked}`, advice: null };
  }
  const wrong = describeFile(number, found, directories, around.user);
  return wrong === null ? interpreterReason(number, found, around, depth + 1) : { why: `${wrong}, ${asked}`, advice: adviceForFile(number, found, around) };
}
