// The client's instructions are those of the assembler sources.
import { expect } from "bun:test";
import { join } from "node:path";
import { clientCode } from "../../src/keeper/client-code.ts";
import { architectures, assemble } from "../helpers/assemble.ts";
import { claimWith } from "../helpers/requires.ts";

for (const { architecture, assembler } of architectures) {
  claimWith(...assembler)(`${architecture}: the bytes are those of the source`, () => {
    expect(clientCode[architecture]).toBe(assemble(architecture, join(import.meta.dir, `../fixtures/keeper/client-${architecture}.s`)));
  });
}
