/** The command line of `isolate`: reads the arguments, does one command, says how it went. */
import { areAsWritten } from "../kernel/own-arguments.ts";
import { messageOf } from "../model/errors.ts";
import { readCompatConfig, type CompatConfig } from "./config.ts";
import { cgRootOf, dialectOfHost } from "./control-groups.ts";
import { Failure, fatal, usage } from "./failure.ts";
import { WrongOption } from "./getopt.ts";
import { ownProcess, type Host } from "./host.ts";
import { MetaFile } from "./meta.ts";
import type { Dialect } from "./numbers.ts";
import { readRequest, type Request } from "./options.ts";
import { placeOf, type Place } from "./place.ts";

const faultCode = 2;

/** Standard error may be closed or full: that changes nothing. */
function tell(host: Host, text: string): void {
  try {
    host.write(2, Buffer.from(`${text}\n`));
  } catch {
    // Nobody reads it.
  }
}

function print(host: Host, text: string): void {
  host.write(1, Buffer.from(text));
}

/** @param name by which we were called: getopt(3) begins its messages with it @returns the exit code: 0, 1 or 2 */
export async function runIsolate(argv: readonly string[], name: string, host = ownProcess): Promise<number> {
  let dialect: Dialect = 2;
  let meta: MetaFile | null = null;
  let work: string | null = null;
  const openMeta = (path: string, asUid: number | null, asGid: number | null) => {
    meta?.close();
    meta = new MetaFile(path, { uid: asUid ?? process.getuid!(), gid: asGid ?? process.getgid!() });
  };
  try {
    refuseSetUid();
    const surroundings = configuration();
    dialect = surroundings.dialect;
    if (host === ownProcess) if (!areAsWritten(argv)) throw fatal("Cannot use arguments that are not UTF-8");
    const request = readRequest(argv, dialect, { openMeta });
    if (request.command === "version") return version(host, dialect);
    return await perform(request, surroundings, host, () => meta, (place) => (work = place.work));
  } catch (error) {
    return failed(error, name, dialect, host, meta, work);
  } finally {
    (meta as MetaFile | null)?.close();
  }
}

function failed(error: unknown, name: string, dialect: Dialect, host: Host, meta: MetaFile | null, work: string | null): number {
  const isUsage = error instanceof WrongOption || (error instanceof Failure && error.kind === "usage");
  tell(host, error instanceof WrongOption ? `${name}: ${error.message}` : messageOf(error));
  if (isUsage && dialect === 1) print(host, (require("./usage.ts") as typeof import("./usage.ts")).usageText());
  if (isUsage && dialect === 2) tell(host, "Try 'isolate' --help' for more information.");
  if (isUsage || meta === null) return faultCode;
  meta.add(["status", "XX"], ["message", messageOf(error)]);
  writeMeta(host, meta, work);
  return faultCode;
}

interface Surroundings {
  readonly config: CompatConfig | Failure;
  readonly dialect: Dialect;
}

/** A fault of the file is told when its turn comes: after those of the arguments. */
function configuration(): Surroundings {
  try {
    const config = readCompatConfig();
    return { config, dialect: config.dialect ?? dialectOfHost() };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { config: error, dialect: dialectOfHost() };
  }
}

/** Our runtime obeys variables of the caller's, so who calls must be who we act for. @throws Failure */
function refuseSetUid(): void {
  if (process.getuid!() === process.geteuid!() && process.getgid!() === process.getegid!()) return;
  throw fatal(
    "Cannot run set-user-ID: this program obeys the environment of its caller. Take the bit away (chmod u-s,g-s), and let the caller use sudo, " +
      "or a client of a keeper (mini-isolate client install PATH --as isolate)",
  );
}

async function perform(request: Request, { config, dialect }: Surroundings, host: Host, metaOf: () => MetaFile | null, found: (place: Place) => void): Promise<number> {
  if (request.asUid !== null && process.getuid!() !== 0) throw fatal("You must be root to use --as-uid or --as-gid");
  if (process.geteuid!() !== 0) throw fatal("Must be started as root");
  if (config instanceof Failure) throw config;
  const say = (level: number, text: string) => {
    if (request.verbose >= level) tell(host, text);
  };
  if (request.command === "check-config") return checked(host, config, request.verbose);
  if (request.command === "print-cg-root") {
    print(host, `${cgRootOf(config)}\n`);
    return 0;
  }
  const place = placeOf(config, dialect, request);
  found(place);
  const many = request.words.length > 0;
  if (request.command !== "run" && many) throw usage(`--${request.command} mode takes no parameters`);
  if (request.command === "run") {
    if (!many) throw usage("--run mode requires a command to run");
    return await run(place, request, host, say, metaOf());
  }
  const { cleanUpBox, initBox } = await import("./life.ts");
  if (request.command === "init") print(host, await initBox(place, request, host, say));
  else await cleanUpBox(place, request, host, say);
  return 0;
}

async function run(place: Place, request: Request, host: Host, say: (level: number, text: string) => void, meta: MetaFile | null): Promise<number> {
  const { runInBox } = await import("./run.ts");
  const verdict = await runInBox(place, request, host, say);
  if (verdict.isFault || !request.silent) tell(host, verdict.message);
  meta?.add(...verdict.meta);
  return meta === null || writeMeta(host, meta, place.work) ? verdict.exitCode : faultCode;
}

/** @returns whether it could be written */
function writeMeta(host: Host, meta: MetaFile, box: string | null): boolean {
  try {
    meta.write(box, (bytes) => host.write(1, bytes));
    return true;
  } catch (error) {
    tell(host, `Cannot write metafile: ${messageOf(error)}`);
    return false;
  }
}

/** With `-vv` on standard output, as version 2 does. */
function checked(host: Host, config: CompatConfig, verbose: number): number {
  if (verbose < 2) return 0;
  print(host, `Config: box_root=${config.boxRoot} lock_root=${config.lockRoot}
Config: first_uid=${config.firstUid} first_gid=${config.firstGid} num_boxes=${config.boxes}
Config: cg_root=${config.cgRoot}
`);
  return 0;
}

/** The words that clients look for, and the version whose command line this is. */
function version(host: Host, dialect: Dialect): number {
  print(host, `The process isolator ${dialect === 1 ? "1.10.1" : "2.6"}\n(the command line of ioi/isolate, by mini-isolate)\n`);
  return 0;
}
