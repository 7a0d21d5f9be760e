/** Whether somebody can run a job at all: one that nobody can run is refused at once, and does not wait for ever. */
import type { Job } from "../job.ts";
import type { LanguageCatalog } from "../languages.ts";
import { canRun, languagesOf } from "../queue/needs.ts";
import type { WorkerState } from "../queue/queue.ts";

/**
 * @param workers those that are alive, where jobs run on other machines; null: they run here
 * @param labels of the slots here
 * @returns why nobody can, for people; null: somebody can
 */
export function problemOf(job: Job, languages: LanguageCatalog, workers: readonly WorkerState[] | null, labels: Job["labels"]): string | null {
  if (workers === null) return problemHere(job, languages, labels);
  if (workers.length === 0) return "no worker is there";
  return workers.some((worker) => canRun(worker, job)) ? null : `no worker that is there can run ${languagesOf(job).join(", ") || "it"}${withLabels(job)}`;
}

function withLabels({ labels }: Job): string {
  const all = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return all.length === 0 ? "" : ` with the labels ${all.join(", ")}`;
}

function problemHere(job: Job, languages: LanguageCatalog, labels: Job["labels"]): string | null {
  if (!canRun({ languages: null, labels }, job)) return `no slot is there${withLabels(job)}`;
  for (const name of languagesOf(job)) {
    const language = languages.find(name);
    if (language === null) return `there is no language ${name}`;
    if (!language.isThere) return `${language.name} cannot be run: ${language.problem ?? "its programs are not there"}`;
  }
  return null;
}
