/** `worker`: runs the jobs of a service whose store other machines fill. */
import { stringify } from "yaml";
import { version } from "../../../package.json";
import { configError, exitCodes, IsolateError, messageOf } from "../../model/errors.ts";
import type { ServeConfig } from "../../serve/config/config.ts";
import type { Job } from "../../serve/job.ts";
import type { JobResult } from "../../serve/outcome.ts";
import { shownConfig } from "../../serve/config/shown.ts";
import type { Arguments } from "../args.ts";
import { jsonDocument, printText } from "../output.ts";
import { ownCommand, readConfig } from "../service-config.ts";

/** How often it looks whether the store can be used, to say when that changes. Milliseconds. */
const lookMs = 1000;

/** Until SIGTERM or SIGINT; running jobs may end first. @returns the exit code */
export async function worker({ flags }: Arguments<"worker">): Promise<number> {
  if (flags.json && !flags.check) throw configError("--json is for --check", "the log is JSON anyway");
  const read = () => checked(readConfig("worker", flags));
  const config = read();
  if (flags.check) {
    printText(flags.json ? jsonDocument(shownConfig(config)) : stringify(shownConfig(config)));
    return exitCodes.success;
  }
  await run(config, read);
  return exitCodes.success;
}

/** @throws IsolateError */
function checked(config: ServeConfig): ServeConfig {
  if (config.store === "sqlite") throw configError("a worker needs a store that other machines can reach", "--store redis://HOST:6379");
  if (config.slots === 0) throw configError("a worker without slots would run nothing", "give --slots");
  return config;
}

async function run(config: ServeConfig, read: () => ServeConfig): Promise<void> {
  const [{ openWorker }, { Log, LogFile }, { logJob, makePrivate }] = await Promise.all([import("../../serve/service/open-worker.ts"), import("../../serve/http/log.ts"), import("../../serve/job-log.ts")]);
  const [{ ServiceMetrics }, { SandboxTrial }, { serveWorkerHealth }] = await Promise.all([import("../../serve/metrics/service-metrics.ts"), import("../../serve/http/sandbox-trial.ts"), import("../../serve/http/worker-health.ts")]);
  const metrics = new ServiceMetrics(version);
  const sandbox = new SandboxTrial(ownCommand(), config.stateDir);
  const file = new LogFile(2, (lines) => metrics.logLinesLost(lines));
  const log = new Log(config.log.level, file);
  makePrivate(config.dataDir);
  const heard = (job: Job, result: JobResult) => {
    metrics.jobEnded(job, result);
    sandbox.provenBy(result);
    logJob(log, job, result);
  };
  const running = await openWorker(config, { jobEnded: (job, result) => heard(job, result) }, (message) => log.say("warn", "warning", { message }));
  log.say("info", "started", { version, pid: process.pid, worker: config.worker.name, slots: config.slots, labels: Object.entries(config.worker.labels).map((label) => label.join("=")), languages: running.languages });

  const serveHealth = async (port: number) => {
    try {
      const health = serveWorkerHealth(config, port, metrics, sandbox, () => ({ fault: running.fault, isDraining: isEnding }));
      log.say("info", "listening", { what: "metrics", address: `http://${config.host}:${health.port}` });
      return health;
    } catch (error) {
      await running.close();
      throw error;
    }
  };
  let isEnding = false;
  const health = config.metrics.port === null ? null : await serveHealth(config.metrics.port);
  let fault: string | null = null;
  const looking = setInterval(() => {
    if ((running.fault === null) !== (fault === null)) log.say(running.fault === null ? "info" : "error", running.fault === null ? "store-back" : "store-away", running.fault === null ? {} : { message: running.fault });
    fault = running.fault;
  }, lookMs);

  const [ended, atOnce] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      log.say(isEnding ? "warn" : "info", isEnding ? "ending-at-once" : "draining", { why: signal });
      if (isEnding) return atOnce.resolve();
      isEnding = true;
      running.drain();
      ended.resolve(Promise.race([running.idle(), Bun.sleep(config.drain.most * 1000), atOnce.promise]));
    });
  }
  process.on("SIGHUP", () => {
    (async () => await running.reload(read()))().then(
      () => log.say("info", "reloaded", { languages: running.languages }),
      (error: unknown) => log.say("error", "reload-failed", { message: messageOf(error), hint: error instanceof IsolateError ? error.hint : null, kept: "what was in force before" }),
    );
  });
  await ended.promise;
  await health?.stop();
  clearInterval(looking);
  await Promise.race([running.close(), atOnce.promise.then(() => Bun.sleep(1000))]);
  log.say("info", "ended", {});
  await file.flush(500);
  // A store that does not answer does not keep us.
  process.exit(exitCodes.success);
}
