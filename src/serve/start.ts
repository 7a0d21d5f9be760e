/** The life of the service in this process: opened, listening, loaded again, drained, ended. */
import { chmodSync, readFileSync, rmSync } from "node:fs";
import { IsolateError, messageOf } from "../model/errors.ts";
import { type Callbacks, startCallbacks } from "./callbacks/start.ts";
import type { ServeConfig } from "./config/config.ts";
import type { Engine, Hears } from "./engine.ts";
import { callbackOf, Heard } from "./heard.ts";
import { cannotListen, checkAddress } from "./http/cannot-listen.ts";
import { healthDialect } from "./http/health.ts";
import type { Dialect, Scope } from "./http/dialect.ts";
import type { Log } from "./http/log.ts";
import { ReadinessProbe } from "./http/readiness.ts";
import { Proxies } from "./http/client-address.ts";
import { Router } from "./http/router.ts";
import { SandboxTrial } from "./http/sandbox-trial.ts";
import { HttpServer, type Place } from "./http/server.ts";
import { makeWay } from "./http/unix-socket.ts";
import { makePrivate } from "./job-log.ts";
import { ServiceMetrics } from "./metrics/service-metrics.ts";
import { isOwnLanguage } from "./own-languages.ts";
import { pageDialect } from "./page/dialect.ts";

export interface StartParts {
  readonly config: ServeConfig;
  readonly version: string;
  readonly log: Log;
  readonly metrics: ServiceMetrics;
  /** All that this program knows; the configuration says which are there. */
  readonly dialects: readonly Dialect[];
  /** What starts this program, and nothing behind it. */
  readonly command: readonly string[];
  open(config: ServeConfig, hears: Hears): Promise<Engine>;
  /** The configuration as it is written now. @throws IsolateError */
  readAgain(): ServeConfig;
}

/** Milliseconds for answers that are ready and on their way. */
const lastAnswersMs = 2000;

export class RunningService {
  readonly #parts: StartParts;
  #config: ServeConfig;
  readonly #engine: Engine;
  readonly #server: HttpServer;
  #callbacks: Callbacks | null = null;
  #isEnding = false;
  readonly #atOnce = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();

  /** @throws IsolateError when the store cannot be opened, or an address cannot be listened on */
  static async start(parts: StartParts): Promise<RunningService> {
    const { config, log, metrics, command } = parts;
    checkHost(config);
    await checkAddress(hostnameOf(config));
    makePrivate(config.dataDir);
    const sandbox = new SandboxTrial(command, config.stateDir);
    const engine = await parts.open(config, new Heard(log, metrics, sandbox));
    const running = new RunningService(parts, engine, sandbox);
    try {
      running.#listen();
      running.#callbacks = startCallbacks(engine.queue, () => running.#config.callbacks, async (stored) => await callbackOf(stored, parts.dialects, engine), (end) => metrics.callbackSent(end));
      for (const [key, language] of unknownLanguages(config, engine)) log.say("warn", "warning", { message: `the key ${key} allows the language ${language}, which there is not` });
      log.say("info", "started", { version: parts.version, pid: process.pid, slots: config.slots, store: config.store.split(":")[0], data_dir: config.dataDir, keys: config.keys.length });
      return running;
    } catch (error) {
      await running.#server.stop(true);
      await engine.close();
      throw error;
    }
  }

  readonly sandbox: SandboxTrial;

  private constructor(parts: StartParts, engine: Engine, sandbox: SandboxTrial) {
    this.sandbox = sandbox;
    [this.#parts, this.#config, this.#engine] = [parts, parts.config, engine];
    this.#server = new HttpServer(engine, parts.config, parts.metrics, parts.log);
  }

  /** Until it is over; what runs was given back, and the store is closed. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  #listen(): void {
    const { host, port, ports, unixSocket, tls, metrics: { port: metricsPort, open }, dialects: wanted } = this.#config;
    const pems = tls === null ? null : { cert: readPem(tls.cert), key: readPem(tls.key) };
    const dialects = this.#parts.dialects.filter(({ name }) => name === "health" || name === "page" || wanted.includes(name));
    const readiness = new ReadinessProbe(this.#engine, this.#config, this.sandbox, () => this.#server.isDraining);
    const health = (scope: Scope) => healthDialect({ engine: this.#engine, metrics: this.#parts.metrics, readiness }, scope);
    const usualHealth = health(open ? "open" : "read");
    // It talks to the own API.
    const page = wanted.includes("v1") ? { page: new Router([pageDialect]) } : {};
    const common = { name: "common", router: new Router([...dialects, usualHealth]), ...page };
    const hostname = hostnameOf(this.#config);
    this.#at(`${host}:${port}`, common, { hostname, port }, pems);
    for (const dialect of dialects) {
      const own = dialect.name === "health" || dialect.name === "page" ? undefined : ports[dialect.name];
      if (own !== undefined) this.#at(`${host}:${own}`, { name: dialect.name, router: new Router([dialect, usualHealth], dialect) }, { hostname, port: own }, pems);
    }
    if (metricsPort !== null) this.#at(`${host}:${metricsPort}`, { name: "metrics", router: new Router([health("open")]) }, { hostname, port: metricsPort }, null);
    if (unixSocket !== null) {
      makeWay(unixSocket);
      this.#at(unixSocket, { ...common, name: "socket" }, { unix: unixSocket }, null);
      // Who may connect is up to the directory and the group.
      chmodSync(unixSocket, 0o660);
    }
  }

  #at(shown: string, place: Place, at: { readonly hostname: string; readonly port: number } | { readonly unix: string }, tls: { readonly cert: string; readonly key: string } | null): void {
    try {
      const server = this.#server.listen(place, at, tls);
      this.#parts.log.say("info", "listening", { what: place.name, address: "unix" in at ? `unix:${at.unix}` : `${tls === null ? "http" : "https"}://${at.hostname.includes(":") ? `[${at.hostname}]` : at.hostname}:${server.port}` });
    } catch (error) {
      throw cannotListen(shown, error);
    }
  }

  /** Packs, keys and what else may change, as they are now; a mistake leaves everything as it is. */
  async reload(): Promise<void> {
    const { log } = this.#parts;
    try {
      const next = this.#parts.readAgain();
      await this.#engine.reload(next);
      this.#server.reload(next);
      this.#config = next;
      log.say("info", "reloaded", { keys: next.keys.length, packs: next.packs });
    } catch (error) {
      log.say("error", "reload-failed", { message: messageOf(error), hint: error instanceof IsolateError ? error.hint : null, kept: "what was in force before" });
    }
  }

  /** The first time it lets running jobs end; the second time it ends at once. @param why the signal */
  end(why: string): void {
    if (this.#isEnding) {
      this.#parts.log.say("warn", "ending-at-once", { why });
      return this.#atOnce.resolve();
    }
    this.#isEnding = true;
    this.#drain(why).then(this.#ended.resolve, this.#ended.reject);
  }

  async #drain(why: string): Promise<void> {
    const { log } = this.#parts;
    const { grace, most } = this.#config.drain;
    log.say("info", "draining", { why, grace_s: grace, most_s: most });
    this.#server.isDraining = true;
    this.#engine.drain();
    const jobs = Promise.race([this.#engine.idle(), Bun.sleep(most * 1000)]);
    await Promise.race([Promise.all([jobs, Bun.sleep(grace * 1000)]), this.#atOnce.promise]);
    await Promise.race([this.#server.stop(false), Bun.sleep(lastAnswersMs), this.#atOnce.promise]);
    await Promise.race([this.#server.stop(true), Bun.sleep(100)]);
    // What is not sent now is sent by the next one.
    await Promise.race([this.#callbacks?.close(), Bun.sleep(lastAnswersMs), this.#atOnce.promise]);
    await Promise.race([this.#engine.close(), this.#atOnce.promise.then(() => Bun.sleep(1000))]);
    if (this.#config.unixSocket !== null) rmSync(this.#config.unixSocket, { force: true });
    log.say("info", "ended", { why });
  }
}

/** Without the brackets that an address of version 6 has in URLs. */
function hostnameOf({ host }: ServeConfig): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

/** What is misspelt would allow nothing. */
function unknownLanguages({ keys }: ServeConfig, { service }: Engine): readonly (readonly [key: string, language: string])[] {
  return keys.flatMap(({ name, languages }) => (languages ?? []).filter((language) => service.languages.find(language) === null && !isOwnLanguage(language)).map((language) => [name, language] as const));
}

/** @throws IsolateError of kind Config */
function readPem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new IsolateError("Config", `cannot read ${path}: ${messageOf(error)}`, { hint: "tls.cert and tls.key of the configuration are files in PEM" });
  }
}

/** What can be known to go wrong before anything is started. @throws IsolateError */
export function checkHost({ tls, trustedProxies }: ServeConfig): void {
  if (tls !== null) for (const path of [tls.cert, tls.key]) readPem(path);
  new Proxies(trustedProxies);
}
