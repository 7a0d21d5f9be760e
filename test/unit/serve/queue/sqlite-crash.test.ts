// The process that has the queue is killed again and again: what it has acknowledged is there, and each job has one result.
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { anyBounds } from "../../../helpers/queue-jobs.ts";
import { openSqliteQueue } from "../../../../src/serve/queue/sqlite/open.ts";
import { usualQueueOptions } from "../../../helpers/sqlite-queue.ts";
import { temporaryDirectory } from "../../../helpers/temporary.ts";

const fixture = join(import.meta.dir, "../../../fixtures/serve/busy-store.ts");
const [kills, jobs] = [20, 1000];

interface Life {
  readonly lines: readonly string[];
  readonly wasKilled: boolean;
}

/** @param lines after so many it is killed; null: not at all */
async function live(directory: string, toAdd: number, sync: string, lines: number | null): Promise<Life> {
  const child = Bun.spawn([process.execPath, fixture, directory, String(toAdd), sync], { stdout: "pipe", stderr: "inherit" });
  let text = "";
  let wasKilled = false;
  const decoder = new TextDecoder();
  for await (const piece of child.stdout) {
    text += decoder.decode(piece);
    if (lines === null || wasKilled || text.split("\n").length <= lines) continue;
    wasKilled = true;
    child.kill("SIGKILL");
  }
  expect(await child.exited).toBe(wasKilled ? 137 : 0);
  // The last piece is no line, or nothing.
  return { lines: text.split("\n").slice(0, -1), wasKilled };
}

test(`${jobs} jobs with ${kills} kills: each that was acknowledged is there and has exactly one result, and the file is whole`, async () => {
  using directory = temporaryDirectory();
  const added = new Set<string>();
  const ended = new Map<string, string>();
  let killed = 0;
  for (let life = 0; life < kills || added.size < jobs; life++) {
    const last = life >= kills - 1;
    const { lines, wasKilled } = await live(directory.path, last ? jobs - added.size : Math.ceil(jobs / kills) * 2, life % 2 === 0 ? "normal" : "full", life < kills ? 2 + ((life * 37) % 90) : null);
    if (wasKilled) killed++;
    for (const line of lines) {
      const [what, id, ...name] = line.split(" ");
      if (what === "added") added.add(id!);
      if (what !== "ended") continue;
      expect(ended.has(id!)).toBe(false);
      ended.set(id!, name.join(" "));
    }
  }
  expect(killed).toBe(kills);
  expect((await live(directory.path, 0, "normal", null)).lines.at(-1)).toBe("done");

  const queue = await openSqliteQueue(directory.path, usualQueueOptions);
  const found = await queue.getMany([...added]);
  expect(found.filter((stored) => stored === null)).toEqual([]);
  expect(found.filter((stored) => stored!.state !== "ended" || stored!.result!.outcome !== "finished")).toEqual([]);
  // The result that was acknowledged is the one that is kept.
  for (const [id, name] of ended) expect((await queue.get(id))!.result!.worker).toBe(name);
  const { total } = await queue.list(null, 0, 1);
  expect((await queue.stats()).results).toBe(total);
  expect(await queue.add([], anyBounds)).toEqual([]);
  await queue.close();

  const database = new Database(`${directory.path}/queue.db`, { readonly: true });
  expect(database.query("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  expect(database.query("SELECT (SELECT count(*) FROM job) AS jobs, (SELECT count(*) FROM record) AS records, (SELECT count(*) FROM result) AS results, (SELECT sum(bytes) FROM job) = (SELECT value FROM counter WHERE name = 'bytes') AS counted").get())
    .toEqual({ jobs: total, records: total, results: total, counted: 1 });
  database.close();
}, 60_000);
