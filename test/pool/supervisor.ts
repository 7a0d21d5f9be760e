// A process that has a pool: prints when its launchers wait, and goes on running programs until it is killed.
import { IsolatePool } from "../../src/index.ts";

const [stateDir = ""] = Bun.argv.slice(2);
const pool = new IsolatePool({ boxes: 2, stateDir });
await Promise.all([pool.execute(["/bin/true"]), pool.execute(["/bin/true"])]);
console.log("ready");
if (Bun.argv.includes("busy")) for (;;) await Promise.all([pool.execute(["/bin/true"]), pool.execute(["/bin/true"])]);
await new Promise(() => setInterval(() => {}, 1000));
