import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dataAddress, machineCode } from "../../../src/launcher/machine-code.ts";
import { architectures, assemble } from "../../helpers/assemble.ts";
import { claimWith } from "../../helpers/requires.ts";

const sources = join(import.meta.dir, "../../fixtures/launcher");

describe.each([...architectures])("the code for $architecture", ({ architecture, arch, assembler }) => {
  const source = join(sources, `${architecture}.s`);

  claimWith(...assembler)("is its assembler source, byte for byte", () => {
    const code = machineCode(arch).toHex();
    expect(code).toBe(assemble(architecture, source));
    expect(code.length / 2).toBeWithin(200, 400);
  });

  test("knows the address of its table", () => {
    expect(readFileSync(source, "utf8")).toContain(`0x${dataAddress.toString(16)}`);
  });
});

test("the table is where both page sizes, 4 and 64 KiB, allow it", () => {
  expect(dataAddress % 65_536).toBe(0);
});
