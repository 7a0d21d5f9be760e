/** `serve`: the sandbox as a service over HTTP. */
import { createHash, randomBytes } from "node:crypto";
import { stringify } from "yaml";
import { version } from "../../../package.json";
import { callerEnvironment, resolveStateDir, serviceDataDir } from "../../config/load.ts";
import { configError, exitCodes } from "../../model/errors.ts";
import type { ServeConfig } from "../../serve/config/config.ts";
import { fileVariable, type Said } from "../../serve/config/from-environment.ts";
import { readServeConfig } from "../../serve/config/read.ts";
import { shownConfig } from "../../serve/config/shown.ts";
import { toServeConfig } from "../../serve/config/to-config.ts";
import { physicalCores } from "../../state/cores.ts";
import type { Arguments } from "../args.ts";
import { jsonDocument, printText } from "../output.ts";

type Flags = Arguments<"serve">["flags"];

/** Where the clients of other services look for them. SandboxFusion's is ours. */
const usualPorts = { piston: 2000, judge0: 2358, "go-judge": 5050 } as const;

/** @returns the exit code */
export async function serve({ flags }: Arguments<"serve">): Promise<number> {
  if (flags["make-key"] !== undefined) return makeKey(flags["make-key"]);
  if (flags.json && !flags.check) throw configError("--json is for --check", "the log is JSON anyway");
  const config = readConfig(flags);
  if (flags.check) {
    const { checkHost } = await import("../../serve/start.ts");
    checkHost(config);
    printText(flags.json ? jsonDocument(shownConfig(config)) : stringify(shownConfig(config)));
    return exitCodes.success;
  }
  return await run(config, flags);
}

async function run(config: ServeConfig, flags: Flags): Promise<number> {
  const [{ RunningService }, { openService }, { Log, LogFile }, { ServiceMetrics }, { allDialects }] = await Promise.all([
    import("../../serve/start.ts"), import("../../serve/service/open.ts"), import("../../serve/http/log.ts"), import("../../serve/metrics/service-metrics.ts"), import("../../serve/dialects/all.ts"),
  ]);
  const metrics = new ServiceMetrics(version);
  const file = new LogFile(2, (lines) => metrics.logLinesLost(lines));
  const log = new Log(config.log.level, file);
  const running = await RunningService.start({
    config, version, log, metrics, dialects: allDialects, command: ownCommand(),
    open: async (settings, hears) => await openService(settings, version, hears, (message) => log.say("warn", "warning", { message })),
    readAgain: () => readConfig(flags),
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => running.end(signal));
  process.on("SIGHUP", () => void running.reload());
  await running.ended;
  file.flush();
  // Whoever is still connected does not keep us.
  process.exit(exitCodes.success);
}

/** The configuration that holds now: file, environment, flags. @throws IsolateError */
function readConfig(flags: Flags): ServeConfig {
  const environment = callerEnvironment();
  const said = readServeConfig({ file: flags.config ?? (environment[fileVariable] || null), environment, flags: saidBy(flags) });
  return toServeConfig(said, { stateDir: resolveStateDir(flags["state-dir"]), dataDir: serviceDataDir(), cores: Math.max(1, physicalCores().length) });
}

function saidBy(flags: Flags): Said[] {
  const values: readonly (readonly [flag: string, path: readonly string[], value: unknown])[] = [
    ["--host", ["host"], flags.host], ["--port", ["port"], flags.port], ["--unix-socket", ["unix_socket"], flags["unix-socket"]], ["--slots", ["slots"], flags.slots], ["--cpus", ["cpus"], flags.cpus],
    ["--data-dir", ["data_dir"], flags["data-dir"]], ["--store", ["store"], flags.store], ["--sync", ["sync"], flags.sync], ["--state-dir", ["state_dir"], flags["state-dir"]],
    ["--pack", ["packs"], flags.pack.length > 0 ? flags.pack : undefined], ["--insecure", ["insecure"], flags.insecure || undefined],
    ...Object.entries(usualPorts).map(([dialect, port]) => ["--dialect-ports", ["ports", dialect], flags["dialect-ports"] ? port : undefined] as const),
  ];
  return values.flatMap(([by, path, value]) => (value === undefined ? [] : [{ by, path, value }]));
}

/** The key is shown this once: the service keeps its hash alone. */
function makeKey(name: string): number {
  if (!/^[A-Za-z0-9._@-]{1,64}$/.test(name)) throw configError(`cannot use '${name}' as the name of a key`, "1 to 64 of A-Z a-z 0-9 . _ @ -");
  const key = `mi_${randomBytes(24).toString("base64url")}`;
  const sha256 = createHash("sha256").update(key).digest("hex");
  printText(`# The key, for its owner; it is not kept anywhere: ${key}\n${stringify({ keys: [{ name, sha256 }] })}`);
  return exitCodes.success;
}

/** What starts this program again. */
function ownCommand(): readonly string[] {
  // From source, the program is the runtime's first argument.
  return import.meta.path.startsWith("/$bunfs/") ? ["/proc/self/exe"] : [process.execPath, Bun.main];
}
