/** The service as the owner of a key has it. */
import type { Job } from "../job.ts";
import type { Service } from "../service.ts";
import { type Caller, HttpFault } from "./dialect.ts";

/** Languages that the key does not list are refused, whatever dialect asks. */
export function serviceFor(service: Service, { languages }: Caller): Service {
  if (languages === null) return service;
  const check = (job: Job) => {
    const asked = languagesOf(job);
    if (asked === null) throw new HttpFault(403, "not-allowed", "the key allows certain languages only, and no commands of one's own");
    const allowed = new Set(languages.map((name) => service.languages.find(name)?.id ?? name));
    const other = asked.find((language) => !allowed.has(service.languages.find(language)?.id ?? language));
    if (other !== undefined) throw new HttpFault(403, "not-allowed", `the key does not allow the language ${other}`);
  };
  const own: Pick<Service, "submit" | "perform" | "talk"> = {
    submit: async (jobs) => {
      for (const { job } of jobs) check(job);
      return await service.submit(jobs);
    },
    perform: async (job, signal) => {
      check(job);
      return await service.perform(job, signal);
    },
    talk: async (job, ears, signal) => {
      check(job);
      return await service.talk(job, ears, signal);
    },
  };
  return new Proxy(service, {
    get: (target, name) => {
      if (Object.hasOwn(own, name)) return own[name as keyof typeof own];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** @returns null: whatever the caller likes */
function languagesOf({ work }: Job): readonly string[] | null {
  if (work.kind === "commands") return null;
  return work.checker?.kind === "program" ? [work.language, work.checker.language] : [work.language];
}
