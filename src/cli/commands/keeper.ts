/** `keeper`: the same program kept running, so that what is asked of it by clients starts at once. */
import { resolve } from "node:path";
import { callerEnvironment, resolveStateDir, useEnvironment } from "../../config/load.ts";
import { physicalCores } from "../../state/cores.ts";
import { askKeeper } from "../../keeper/ask.ts";
import { Keeper, type KeeperSettings } from "../../keeper/keeper.ts";
import { handedOverBy, listenAt, takeHandedOver } from "../../keeper/listen.ts";
import { configError, exitCodes } from "../../model/errors.ts";
import { lockForOthers } from "../../state/lock.ts";
import { openStateDirectory } from "../../state/state-dir.ts";
import type { Arguments } from "../args.ts";
import { jsonDocument, printText } from "../output.ts";
import { formatColumns } from "../table.ts";
import { versionLine } from "../version.ts";
import { writeDiagnostic } from "../write.ts";

/** In the state directory; begins with a dot, as no box id does. */
export const socketName = ".keeper";

/** @param carryOut one command line, without the name of the program; never throws @returns the exit code */
export async function keeper({ flags, operands }: Arguments<"keeper">, carryOut: KeeperSettings["carryOut"]): Promise<number> {
  const [word, ...more] = operands;
  if (more.length > 0 || (word !== undefined && word !== "status" && word !== "stop")) {
    throw configError(`unexpected argument '${more[0] ?? word}' for keeper`, "mini-isolate keeper [flags], mini-isolate keeper status, mini-isolate keeper stop");
  }
  const path = socketPathOf(flags);
  if (word === undefined) return await serve(path, flags, carryOut);
  const status = askKeeper(path, word);
  if (status === null) {
    writeDiagnostic(`mini-isolate: no keeper is there: ${path}\n`);
    return exitCodes.unavailable;
  }
  if (flags.json) printText(jsonDocument(status));
  else if (word === "status") printText(formatColumns(Object.entries(status).map(([name, value]) => [name, String(value)])));
  return exitCodes.success;
}

/** Where the keeper of a state directory listens, absolute: the keeper stays in no directory. */
export function socketPathOf(flags: { readonly socket?: string | undefined; readonly "state-dir"?: string | undefined }): string {
  return flags.socket !== undefined ? resolve(flags.socket) : `${resolveStateDir(flags["state-dir"])}/${socketName}`;
}

async function serve(path: string, flags: Arguments<"keeper">["flags"], carryOut: KeeperSettings["carryOut"]): Promise<number> {
  const environment = callerEnvironment();
  const giver = handedOverBy(environment);
  // Made and checked, so that nobody else can have put the socket there.
  if (flags.socket === undefined) openStateDirectory(resolveStateDir(flags["state-dir"])).close();
  const server = new Keeper({
    listener: giver === null ? listenAt(path) : takeHandedOver(),
    socketPath: giver === "service manager" ? null : path,
    jobs: flags.jobs ?? Math.max(1, physicalCores().length),
    idleMs: flags.idle == null ? null : flags.idle * 1000,
    version: versionLine().replace(/^mini-isolate /, ""),
    environment,
    carryOut,
    setEnvironment: useEnvironment,
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => server.stop(signal));
  lockForOthers();
  await loadCommands();
  writeDiagnostic(`mini-isolate: the keeper listens at ${giver === "service manager" ? "the socket that was handed over" : path}\n`);
  await server.serve();
  return exitCodes.success;
}

/** What a command would load when it needs it, it would load in somebody's turn. */
async function loadCommands(): Promise<void> {
  await Promise.all([
    import("./run.ts"), import("./execute.ts"), import("./init.ts"), import("./list.ts"), import("./info.ts"), import("./cleanup.ts"),
    import("../../executor/watch/input.ts"), import("../../source/execute-source.ts"),
  ]);
}
