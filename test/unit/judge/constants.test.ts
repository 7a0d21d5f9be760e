// `{{name}}` in texts and in files.
import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathWithConstants, withConstants } from "../../../src/judge/constants.ts";

const constants = { n: "100", "n.value": "100", "n.tex": "10^2", word: "ä" };

test("defined ones are replaced, whole tokens only", () => {
  expect(withConstants("{{n}} {{n.tex}} {{n.value}} {{m}} {{ n }} {n} {{n.other}} {{{n}}}", constants)).toBe("100 10^2 100 {{m}} {{ n }} {n} {{n.other}} {100}");
  expect(withConstants("{{n}}", undefined)).toBe("{{n}}");
  expect(withConstants("{{toString}}", constants)).toBe("{{toString}}");
});

test("a file or a directory with constants is copied, byte by byte but for them; another one is used as it is", () => {
  const base = mkdtempSync(join(tmpdir(), "constants-"));
  try {
    mkdirSync(join(base, "program"));
    writeFileSync(join(base, "program/main.c"), Buffer.concat([Buffer.from("int n = {{n}}; // {{word}}"), Buffer.from([0xff, 0xfe])]));
    writeFileSync(join(base, "program/run"), "#!/bin/sh\n");
    chmodSync(join(base, "program/run"), 0o755);
    symlinkSync("main.c", join(base, "program/link.c"));
    writeFileSync(join(base, "plain.c"), "int main() { return {{0}}; }");
    expect(pathWithConstants(join(base, "plain.c"), constants, join(base, "into"))).toBe(join(base, "plain.c"));
    expect(pathWithConstants(join(base, "program"), {}, join(base, "into"))).toBe(join(base, "program"));
    const copy = pathWithConstants(join(base, "program"), constants, join(base, "into"));
    expect(copy).toBe(join(base, "into/program"));
    expect(readFileSync(join(copy, "main.c"))).toEqual(Buffer.concat([Buffer.from("int n = 100; // ä"), Buffer.from([0xff, 0xfe])]));
    expect(readFileSync(join(copy, "link.c"), "latin1")).toContain("100");
    expect(statSync(join(copy, "run")).mode & 0o777).toBe(0o755);
  } finally {
    rmSync(base, { recursive: true });
  }
});
