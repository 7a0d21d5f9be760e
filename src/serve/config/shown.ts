/** What is in force, as it would be written: for `serve --check`. */
import type { ServeConfig } from "./config.ts";
import { type LimitName, limitNames } from "./forms.ts";
import type { Limits } from "../job.ts";

/** Sizes are in bytes, times in seconds. Secrets and hashes of keys are not shown. */
export function shownConfig(config: ServeConfig): Readonly<Record<string, unknown>> {
  const { bounds, judge0, goJudge, callbacks } = config;
  return {
    host: config.host, port: config.port, host_names: config.hostNames, unix_socket: config.unixSocket ?? "none", dialects: config.dialects, ports: config.ports, slots: config.slots, cpus: config.cpus ?? "none",
    data_dir: config.dataDir, state_dir: config.stateDir, store: config.store.replace(/\/\/[^@/]*@/, "//...@"), sync: config.sync, packs: config.packs, insecure: config.insecure,
    keys: config.keys.map(({ name, scopes, languages, rate, mostJobs }) => ({ name, scopes, languages: languages ?? "none", rate: rate ?? "none", most_jobs: mostJobs ?? "none" })),
    bounds: {
      body: bytes(bounds.body), depth: bounds.depth, values: bounds.values, files: bounds.files, tests: bounds.tests, batch: bounds.batch, wait: seconds(bounds.wait), job: bytes(bounds.jobBytes), output: bytes(bounds.outputBytes),
      socket_message: bytes(bounds.socketMessage),
    },
    run: { usual: shownLimits(config.run.usual), most: shownLimits(config.run.most) },
    compile: { usual: shownLimits(config.compile.usual), most: shownLimits(config.compile.most) },
    network: config.network,
    queue: { most: config.queue.most, most_wait: config.queue.mostWait === null ? "none" : seconds(config.queue.mostWait), lease: seconds(config.queue.lease), attempts: config.queue.attempts },
    results: { keep: seconds(config.results.keep), most_count: config.results.mostCount, most_size: bytes(config.results.mostBytes) },
    callbacks: { allowed: callbacks.allowed, private_networks: callbacks.privateNetworks, secrets: callbacks.secrets.map(() => "(not shown)"), timeout: seconds(callbacks.timeout), give_up: seconds(callbacks.giveUp) },
    cors: config.cors, tls: config.tls ?? "none", trusted_proxies: config.trustedProxies, metrics: { port: config.metrics.port ?? "none", open: config.metrics.open }, log: config.log,
    drain: { grace: seconds(config.drain.grace), most: seconds(config.drain.most) },
    worker: config.worker,
    judge0: { base64_by_default: judge0.base64ByDefault, version: judge0.version, maintenance: judge0.maintenance ?? "none", most_batch: judge0.mostBatch, wait_allowed: judge0.waitAllowed, users: judge0.users.map(() => "(not shown)") },
    go_judge: { source_prefixes: goJudge.sourcePrefixes, file_store: bytes(goJudge.fileStoreBytes), file_keep: seconds(goJudge.fileKeep) },
    piston: config.piston,
  };
}

const bytes = (number: number) => (number % 2 ** 20 === 0 ? `${number / 2 ** 20}MiB` : `${number}B`);
const seconds = (number: number) => `${number}s`;

function shownLimits(limits: Limits): Readonly<Record<string, unknown>> {
  const show = (name: string, value: number | null) => (value === null ? "unlimited" : ["memory", "file_size", "stack", "output", "disk"].includes(name) ? bytes(value) : name.endsWith("time") ? seconds(value) : value);
  return Object.fromEntries((Object.keys(limitNames) as LimitName[]).flatMap((name) => {
    const value = limits[limitNames[name]];
    return value === undefined ? [] : [[name, show(name, value)]];
  }));
}
