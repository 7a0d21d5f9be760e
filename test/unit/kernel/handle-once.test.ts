// A handler for a signal of a fault, in a process that then has such a fault.
import { expect, test } from "bun:test";
import { join } from "node:path";

const module = join(import.meta.dir, "../../../src/kernel/process.ts");

function ends(script: string) {
  return Bun.spawnSync([process.execPath, "-e", script], { stdout: "pipe", stderr: "ignore", timeout: 20_000 });
}

const listen = `const { handleOnce } = await import(${JSON.stringify(module)}); process.on("SIGSEGV", () => { console.log("handled"); process.exit(3); }); handleOnce(11);`;

test("the signal is handled when somebody sends it", () => {
  const { exitCode, stdout } = ends(`${listen} process.kill(process.pid, "SIGSEGV"); setTimeout(() => {}, 10_000);`);
  expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 3, stdout: "handled\n" });
});

test("a fault of its own ends the process", () => {
  const { signalCode, exitCode } = ends(`${listen} const { read } = await import("bun:ffi"); read.u8(8, 0);`);
  expect(signalCode === "SIGSEGV" || exitCode === 139 || exitCode === 132).toBe(true);
});
