/** From what was written to what the service is set to: names, and what depends on this host. */
import { isIP } from "node:net";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { configError } from "../../model/errors.ts";
import type { Limits } from "../job.ts";
import type { ServeConfig } from "./config.ts";
import { type LimitName, limitNames } from "./forms.ts";
import type { ServeOutput } from "./schema.ts";

/** What is not written. */
export interface HostFacts {
  readonly stateDir: string;
  readonly dataDir: string;
  /** Physical cores that this process may use. */
  readonly cores: number;
}

/** @throws IsolateError of kind Config: values that exclude each other */
export function toServeConfig(said: ServeOutput, facts: HostFacts): ServeConfig {
  const { bounds, queue, results, callbacks, judge0, go_judge: goJudge } = said;
  const config: ServeConfig = {
    host: said.host, port: said.port, hostNames: said.host_names.map((each) => each.toLowerCase()), unixSocket: said.unix_socket === null ? null : resolve(said.unix_socket), ports: Object.fromEntries(Object.entries(said.ports).filter(([, each]) => each !== undefined)) as ServeConfig["ports"], dialects: said.dialects,
    slots: said.slots === "cores" ? facts.cores : said.slots, cpus: said.cpus,
    dataDir: resolve(said.data_dir ?? facts.dataDir), stateDir: resolve(said.state_dir ?? facts.stateDir), store: said.store, sync: said.sync, packs: said.packs, insecure: said.insecure,
    keys: said.keys.map(({ most_jobs: mostJobs, ...key }) => ({ ...key, mostJobs })),
    bounds: { body: bounds.body, depth: bounds.depth, values: bounds.values, files: bounds.files, tests: bounds.tests, batch: bounds.batch, wait: bounds.wait, jobBytes: bounds.job, outputBytes: bounds.output, socketMessage: bounds.socket_message },
    run: { usual: limitsOf(said.run.usual), most: limitsOf(said.run.most) },
    compile: { usual: limitsOf(said.compile.usual), most: limitsOf(said.compile.most) },
    network: said.network,
    queue: { most: queue.most, mostWait: queue.most_wait, lease: queue.lease, attempts: queue.attempts },
    results: { keep: results.keep, mostCount: results.most_count, mostBytes: results.most_size },
    callbacks: { allowed: callbacks.allowed, privateNetworks: callbacks.private_networks, secrets: callbacks.secrets, timeout: callbacks.timeout, giveUp: callbacks.give_up },
    cors: said.cors,
    tls: said.tls === null ? null : { cert: resolve(said.tls.cert), key: resolve(said.tls.key) },
    trustedProxies: said.trusted_proxies, metrics: said.metrics, log: said.log, drain: said.drain,
    worker: { name: said.worker.name ?? `${hostname().replace(/[^A-Za-z0-9._-]/g, "-").slice(0, 40)}.${process.pid}`, labels: said.worker.labels },
    judge0: { base64ByDefault: judge0.base64_by_default, version: judge0.version, maintenance: judge0.maintenance, mostBatch: judge0.most_batch, waitAllowed: judge0.wait_allowed, users: judge0.users },
    goJudge: { sourcePrefixes: goJudge.source_prefixes, fileStoreBytes: goJudge.file_store, fileKeep: goJudge.file_keep },
    piston: said.piston,
  };
  check(config);
  return config;
}

function limitsOf(said: Readonly<Partial<Record<LimitName, number | null | undefined>>>): Limits {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined).map(([name, value]) => [limitNames[name as LimitName], value]));
}

function check({ host, insecure, keys, ports, port, metrics, unixSocket, slots, store }: ServeConfig): void {
  if (!isLoopback(host) && keys.length === 0 && !insecure) {
    throw configError(`cannot listen on ${host} without keys: everybody who reaches it could run programs here`, "make a key with mini-isolate serve --make-key NAME, or say --insecure");
  }
  const twice = keys.find(({ name }, index) => keys.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) throw configError(`two keys have the name ${twice.name}`);
  const used = [...(port === 0 ? [] : [port]), ...Object.values(ports), ...(metrics.port === null ? [] : [metrics.port])];
  const taken = used.find((each, index) => used.indexOf(each) !== index);
  if (taken !== undefined) throw configError(`port ${taken} is given twice`);
  if (unixSocket !== null && Buffer.byteLength(unixSocket) > 107) throw configError(`cannot listen at ${unixSocket}: the path of a socket has at most 107 bytes`);
  if (slots === 0 && store === "sqlite") throw configError("cannot serve without slots: with the store sqlite there are no other workers", "give slots, or a store such as redis://HOST:6379");
}

export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1" || host === "[::1]") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}
