// No statement of the store looks at more rows than it needs, however many there are.
import { expect, test } from "bun:test";
import { openDatabase } from "../../../../src/serve/queue/sqlite/database.ts";
import { sql } from "../../../../src/serve/queue/sqlite/statements.ts";
import { temporaryDirectory } from "../../../helpers/temporary.ts";

/** SQLite's own words for how it goes about a statement. */
function planOf(database: ReturnType<typeof openDatabase>, statement: string): string[] {
  return (database.query(`EXPLAIN QUERY PLAN ${statement}`).all() as { detail: string }[]).map(({ detail }) => detail);
}

test("none scans a table or sorts", () => {
  using directory = temporaryDirectory();
  const database = openDatabase(`${directory.path}/queue.db`, "normal");
  const bad = Object.entries(sql).flatMap(([name, statement]) => planOf(database, statement).filter((step) => /SCAN|TEMP B-TREE/.test(step)).map((step) => `${name}: ${step}`));
  expect(bad).toEqual([]);
  // Jobs that have not ended are found among all by an index that has only them.
  expect(planOf(database, sql.openJobs).join()).toContain("job_open");
  expect(planOf(database, sql.firstToExpire).join()).toContain("job_expires");
  expect(planOf(database, sql.overdue).join()).toContain("job_deadline");
  expect(planOf(database, "SELECT * FROM job").join()).toContain("SCAN");
  database.close();
});
