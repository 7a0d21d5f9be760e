import { describe, expect } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { claimWith, type Requirement } from "../../helpers/requires.ts";

const table = join(import.meta.dir, "../../../src/kernel/syscall-numbers.ts");

/** The table as it is on a machine of this architecture. */
function numbersOn(architecture: string): Record<string, number> {
  const script = `
    Object.defineProperty(process, "arch", { value: ${JSON.stringify(architecture)} });
    const { syscallNumbers } = await import(${JSON.stringify(table)});
    require("node:fs").writeSync(1, JSON.stringify(syscallNumbers));`;
  return JSON.parse(Bun.spawnSync([process.execPath, "-e", script]).stdout.toString());
}

/** The numbers in a header of the kernel; some names there have a prefix for the width of their arguments, and newfstatat another name. */
function numbersIn(header: string): Record<string, number> {
  const lines = readFileSync(header, "utf8").matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)$/gm);
  return Object.fromEntries([...lines].map(([, name, number]) => [name === "fstatat" ? "newfstatat" : name, Number(number)]));
}

function firstOf(...paths: readonly string[]): { readonly header: string; readonly there: Requirement } {
  const header = paths.find((path) => existsSync(path));
  return { header: header ?? "", there: { missing: header === undefined ? paths[0]! : null } };
}

describe.each([
  { architecture: "x64", ...firstOf("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h") },
  { architecture: "arm64", ...firstOf("/usr/include/asm-generic/unistd.h") },
])("the numbers of system calls on $architecture", ({ architecture, header, there }) => {
  claimWith(there)("are those of the kernel's headers", () => {
    const kernel = numbersIn(header);
    const ours = numbersOn(architecture);
    expect(Object.keys(ours).length).toBeGreaterThan(40);
    expect(ours).toEqual(Object.fromEntries(Object.keys(ours).map((name) => [name, kernel[name] ?? -1])));
  });
});
