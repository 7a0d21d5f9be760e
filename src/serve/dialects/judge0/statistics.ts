/** How many submissions there are, by language, status and day: of those that are kept, and of the newest of them. */
import type { StoredJob } from "../../queue/queue.ts";
import type { Service } from "../../service.ts";
import type { Memo } from "./memo.ts";
import { statusOf, statuses } from "./statuses.ts";
import { verdictOf } from "./verdict.ts";

type Statistics = Readonly<Record<string, unknown>>;

const keptMs = 600_000;
/** More would keep everybody waiting. */
const most = 5000;
const page = 250;
const days = 30;
const dayMs = 86_400_000;

const cache = new WeakMap<Service["contents"], { readonly until: number; readonly statistics: Promise<Statistics> }>();

/** Counted again after ten minutes, as it costs more than anything else. */
export async function statistics(service: Service): Promise<Statistics> {
  const known = cache.get(service.contents);
  if (known !== undefined && known.until > Date.now()) return await known.statistics;
  const counted = { until: Date.now() + keptMs, statistics: count(service) };
  cache.set(service.contents, counted);
  counted.statistics.catch(() => cache.delete(service.contents));
  return await counted.statistics;
}

async function count(service: Service): Promise<Statistics> {
  const now = Date.now();
  const { total, jobs } = await newest(service);
  const [languages, byStatus, byDay] = [new Map<string, number>(), new Map<number, number>(), new Map<string, number>()];
  const add = <Key>(to: Map<Key, number>, key: Key) => to.set(key, (to.get(key) ?? 0) + 1);
  for (const stored of jobs) {
    const { languageId, languageName } = stored.job.memo as Memo;
    add(languages, JSON.stringify({ id: languageId, name: languageName }));
    add(byStatus, verdictOf(stored).status);
    add(byDay, day(stored.job.receivedAt));
  }
  return {
    created_at: new Date(now).toISOString(),
    cached_until: new Date(now + keptMs).toISOString(),
    submissions: { total, counted: jobs.length, today: byDay.get(day(now)) ?? 0, last_30_days: Object.fromEntries(Array.from({ length: days }, (_, back) => day(now - back * dayMs)).map((date) => [date, byDay.get(date) ?? 0])) },
    languages: [...languages].map(([language, number]) => ({ language: JSON.parse(language) as unknown, count: number })),
    statuses: statuses.map(({ id }) => ({ status: statusOf(id), count: byStatus.get(id) ?? 0 })),
  };
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

async function newest(service: Service): Promise<{ readonly total: number; readonly jobs: readonly StoredJob[] }> {
  const jobs: StoredJob[] = [];
  for (;;) {
    const { total, jobs: some } = await service.list("judge0", jobs.length, page);
    jobs.push(...some);
    if (some.length < page || jobs.length >= most) return { total, jobs };
  }
}
