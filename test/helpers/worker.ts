/** Which of several processes of one test run we are (`bun test --parallel`), and what each of them has for itself. */

const worker = Number(Bun.env["BUN_TEST_WORKER_ID"] ?? Number.NaN);

/** Whether other tests run beside ours. */
export const parallel = !Number.isNaN(worker);

/** Boxes of tests that run side by side get uids from ranges that do not touch, so that each can look for its own processes. */
export const workerEnvironment: Readonly<Record<string, string>> = parallel ? { MINI_ISOLATE_UIDS: rangeOf(worker) } : {};

/** 500 uids, above those that boxes get by default in the tests that run in this process. */
function rangeOf(number: number): string {
  const first = 61_000 + 500 * ((number - 1) % 7);
  return `${first}-${first + 499}`;
}
