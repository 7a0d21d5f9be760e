/** What a job asks of the worker that runs it. */
import type { Job } from "../job.ts";
import { isOwnLanguage } from "../own-languages.ts";
import type { WorkerFacts } from "./queue.ts";

/** Ids of the languages of a job, its own and that of its checker, but for those that every worker has. */
export function languagesOf(job: Job): readonly string[] {
  if (job.work.kind === "commands") return [];
  const { language, checker } = job.work;
  const all = checker?.kind === "program" && checker.language !== language ? [language, checker.language] : [language];
  return all.filter((id) => !isOwnLanguage(id));
}

/** Whether a worker has the languages and all labels of a job. */
export function canRun(worker: Pick<WorkerFacts, "languages" | "labels">, job: Job): boolean {
  const { languages, labels } = worker;
  return (
    (languages === null || languagesOf(job).every((language) => languages.includes(language))) &&
    Object.entries(job.labels).every(([name, value]) => Object.hasOwn(labels, name) && labels[name] === value)
  );
}

/**
 * What a job asks for as one word, the same for all jobs that ask for the same: tokens between commas. It is empty when any worker will do.
 * `l:` stands before a language, `t:` before a label.
 */
export function needOf(job: Job): string {
  const labels = Object.entries(job.labels).map(([name, value]) => labelToken(name, value));
  return [...languagesOf(job).map(languageToken), ...labels].toSorted().join(",");
}

/** The tokens that a worker can serve. `l:*`: every language. */
export function offersOf({ languages, labels }: Pick<WorkerFacts, "languages" | "labels">): readonly string[] {
  return [...(languages === null ? ["l:*"] : languages.map(languageToken)), ...Object.entries(labels).map(([name, value]) => labelToken(name, value))].toSorted();
}

// Escaped, so that no name can hold the characters between tokens and between the parts of the store's names.
const languageToken = (language: string) => `l:${encodeURIComponent(language)}`;
const labelToken = (name: string, value: string) => `t:${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
