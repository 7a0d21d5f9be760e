// A process that runs /bin/true whenever it is asked to, and says how many milliseconds that took: in a box, or in a pool of one.
import { Isolate, IsolatePool, plainRun } from "../../src/index.ts";

const [kind = "", stateDir = ""] = Bun.argv.slice(2);
const pool = kind.startsWith("pool") ? new IsolatePool({ boxes: 1, stateDir }) : null;
const box = pool === null ? Isolate.temporary({}, { stateDir }) : null;
const blocking = kind.endsWith("blocking");

const run = (where: Isolate) => where.run(["/bin/true"], { kind: "empty" }, { ...plainRun, blocking });

process.on("message", async () => {
  const begun = performance.now();
  const { status, error_message } = await (pool === null ? run(box!) : blocking ? pool.use(run) : pool.execute(["/bin/true"]));
  process.send!({ took: performance.now() - begun, failed: status === "Success" ? null : `${status}: ${error_message}` });
});
process.on("disconnect", () => {
  box?.cleanup();
  void pool?.close();
  process.exit();
});
process.send!("ready");
