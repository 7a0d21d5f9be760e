/** `serve`: the sandbox as a service over HTTP. */
import { createHash, randomBytes } from "node:crypto";
import { stringify } from "yaml";
import { version } from "../../../package.json";
import { configError, exitCodes } from "../../model/errors.ts";
import type { ServeConfig } from "../../serve/config/config.ts";
import { shownConfig } from "../../serve/config/shown.ts";
import type { Arguments } from "../args.ts";
import { jsonDocument, printText } from "../output.ts";
import { ownCommand, readConfig } from "../service-config.ts";

type Flags = Arguments<"serve">["flags"];

/** @returns the exit code */
export async function serve({ flags }: Arguments<"serve">): Promise<number> {
  if (flags["make-key"] !== undefined) return makeKey(flags["make-key"]);
  if (flags.json && !flags.check) throw configError("--json is for --check", "the log is JSON anyway");
  const config = readConfig("serve", flags);
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
    readAgain: () => readConfig("serve", flags),
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => running.end(signal));
  process.on("SIGHUP", () => void running.reload());
  await running.ended;
  await file.flush(500);
  // Whoever is still connected does not keep us.
  process.exit(exitCodes.success);
}

/** The key is shown this once: the service keeps its hash alone. */
function makeKey(name: string): number {
  if (!/^[A-Za-z0-9._@-]{1,64}$/.test(name)) throw configError(`cannot use '${name}' as the name of a key`, "1 to 64 of A-Z a-z 0-9 . _ @ -");
  const key = `mi_${randomBytes(24).toString("base64url")}`;
  const sha256 = createHash("sha256").update(key).digest("hex");
  printText(`# The key, for its owner; it is not kept anywhere: ${key}\n${stringify({ keys: [{ name, sha256 }] })}`);
  return exitCodes.success;
}
