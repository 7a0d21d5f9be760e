/** What the own API says about the service: languages, bounds, the queue. */
import * as v from "valibot";
import { limitKeys, said } from "./schema/values.ts";
import type { Limits } from "../../job.ts";
import { noQuery, maySeeAll } from "./job-access.ts";
import { json, type Operation, queryOf } from "./operation.ts";
import { InfoSchema, LanguagesSchema, QueueSchema } from "./schema/service.ts";

const versionsQuery = { wait: said(v.pipe(v.number("must be a number of seconds"), v.minValue(0, "must not be negative")), "Seconds to wait for the versions, after the first start of a service, when nobody knows them yet.") };

export const aboutOperations: readonly Operation[] = [
  {
    method: "GET", path: "/languages", scope: "read", id: "getLanguages", summary: "Languages with their versions, as far as you may use them",
    answers: { 200: { description: "The languages, in the order of the packs.", schema: LanguagesSchema } },
    query: versionsQuery,
    async handle({ service, caller, url, mayWait }) {
      const { wait = 0 } = queryOf(url, versionsQuery);
      if (wait > 0) {
        mayWait();
        await settled(service.languages.asked, Math.min(wait, service.config.bounds.wait) * 1000);
      }
      return json(200, {
        languages: service.languages.all.filter(({ id }) => caller.languages === null || caller.languages.includes(id)).map(({ id, name, aliases, extensions, isCompiled, version, isThere, problem, compileCommand, runCommand, leastMemory = 0 }) => ({
          id, name, aliases, extensions, is_compiled: isCompiled, version, is_there: isThere, problem, compile_command: compileCommand, run_command: runCommand, least_memory: leastMemory,
        })),
      });
    },
  },
  {
    method: "GET", path: "/info", scope: "read", id: "getInfo", summary: "Who you are, and what you may do",
    answers: { 200: { description: "The service as you have it.", schema: InfoSchema } },
    handle({ service: { config, version }, caller, url }) {
      noQuery(url);
      const { bounds, run, compile, callbacks, network, results, keys, dialects } = config;
      const key = keys.find(({ name }) => name === caller.key) ?? null;
      return json(200, {
        version,
        dialects,
        key: caller.key,
        scopes: caller.scopes.filter((scope) => scope !== "open"),
        languages: caller.languages,
        rate: key?.rate ?? null,
        most_jobs: key?.mostJobs ?? null,
        needs_key: keys.length > 0,
        bounds: { body: bounds.body, depth: bounds.depth, files: bounds.files, tests: bounds.tests, batch: bounds.batch, wait: bounds.wait, job_bytes: bounds.jobBytes, output_bytes: bounds.outputBytes },
        run: { usual: shown(run.usual), most: shown(run.most) },
        compile: { usual: shown(compile.usual), most: shown(compile.most) },
        network,
        callbacks: callbacks.allowed,
        keep: results.keep,
      });
    },
  },
  {
    method: "GET", path: "/queue", scope: "read", id: "getQueue", summary: "The queue and the slots as they are now",
    answers: { 200: { description: "As they are now.", schema: QueueSchema } },
    async handle({ service, caller, url }) {
      noQuery(url);
      const { stats, slots, workers, isDraining, problems } = await service.state();
      const all = maySeeAll(caller);
      return json(200, {
        queued: stats.queued,
        running: stats.running,
        oldest_seconds: stats.oldestMs === null ? null : seconds(stats.oldestMs),
        results: stats.results,
        dead: stats.dead,
        slots: slots.map(({ cpus, job }) => ({ cpus, busy: job !== null, job: all ? (job?.id ?? null) : null, language: job?.language ?? null, seconds: job === null ? null : seconds(job.sinceMs) })),
        workers: workers.map(({ name, slots: count, running, labels, silentFor }) => ({ name, slots: count, running, labels, silent_seconds: seconds(silentFor) })),
        is_draining: isDraining,
        problems,
      });
    },
  },
];

async function settled(asked: Promise<void> | undefined, ms: number): Promise<void> {
  const patience = Promise.withResolvers<void>();
  const timer = setTimeout(patience.resolve, ms);
  await Promise.race([asked, patience.promise]);
  clearTimeout(timer);
}

const seconds = (ms: number) => Math.round(ms) / 1000;

/** Those that a request can name. */
function shown(limits: Limits): Limits {
  return Object.fromEntries(limitKeys.flatMap((key) => (limits[key] === undefined ? [] : [[key, limits[key]]])));
}
