import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dataAddress, machineCode } from "../../../src/launcher/machine-code.ts";
import { claimWith, executable } from "../../helpers/requires.ts";
import { temporaryDirectory } from "../instance/temporary.ts";

const sources = join(import.meta.dir, "../../fixtures/launcher");

/** The bytes of the assembler source, made by the tools of that architecture. */
function assemble(architecture: string, tools: string): string {
  using directory = temporaryDirectory();
  const [object, binary] = [join(directory.path, "code.o"), join(directory.path, "code.bin")];
  for (const command of [
    [`${tools}as`, "-o", object, join(sources, `${architecture}.s`)],
    [`${tools}objcopy`, "-O", "binary", "-j", ".text", object, binary],
  ]) {
    const { exitCode, stderr } = Bun.spawnSync(command);
    if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString()}`);
  }
  return readFileSync(binary).toString("hex");
}

/** What the assembler for this machine is called; another machine's has its name in front. */
const native = { x86_64: process.arch === "x64", aarch64: process.arch === "arm64" };

describe.each([
  { architecture: "x86_64", arch: "x64", prefix: native.x86_64 ? "/usr/bin/" : "/usr/bin/x86_64-linux-gnu-" },
  { architecture: "aarch64", arch: "arm64", prefix: native.aarch64 ? "/usr/bin/" : "/usr/bin/aarch64-linux-gnu-" },
])("the code for $architecture", ({ architecture, arch, prefix }) => {
  claimWith(executable(`${prefix}as`), executable(`${prefix}objcopy`))("is its assembler source, byte for byte", () => {
    const code = machineCode(arch).toHex();
    expect(code).toBe(assemble(architecture, prefix));
    expect(code.length / 2).toBeWithin(200, 400);
  });

  test("knows the address of its table", () => {
    const source = readFileSync(join(sources, `${architecture}.s`), "utf8");
    expect(source).toContain(`0x${dataAddress.toString(16)}`);
  });
});

test("the table is where both page sizes, 4 and 64 KiB, allow it", () => {
  expect(dataAddress % 65_536).toBe(0);
});
