/** Assembler sources of both architectures, made into bytes or programs by the tools of that architecture. */
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { executable, type Requirement } from "./requires.ts";
import { temporaryDirectory } from "./temporary.ts";

/** An architecture, and what of it this machine can do. */
export interface Architecture {
  /** As in the names of the sources. */
  readonly architecture: "x86_64" | "aarch64";
  /** As in `process.arch`. */
  readonly arch: "x64" | "arm64";
  readonly assembler: readonly Requirement[];
  /** The words before a program of this architecture that make it run here, and what they need. */
  readonly run: readonly string[];
  readonly runner: readonly Requirement[];
}

function describeArchitecture(architecture: Architecture["architecture"], arch: Architecture["arch"]): Architecture {
  const native = process.arch === arch;
  const emulator = `/usr/bin/qemu-${architecture}`;
  return {
    architecture,
    arch,
    assembler: ["as", "ld", "objcopy"].map((tool) => executable(toolPath(architecture, tool))),
    run: native ? [] : [emulator],
    runner: native ? [] : [executable(emulator)],
  };
}

export const architectures: readonly Architecture[] = [describeArchitecture("x86_64", "x64"), describeArchitecture("aarch64", "arm64")];

/** What a tool for an architecture is called: another machine's has its name in front. */
function toolPath(architecture: string, tool: string): string {
  const native = architecture === (process.arch === "arm64" ? "aarch64" : "x86_64");
  return native ? `/usr/bin/${tool}` : `/usr/bin/${architecture}-linux-gnu-${tool}`;
}

function use(architecture: string, tool: string, ...args: readonly string[]): void {
  const command = [toolPath(architecture, tool), ...args];
  const { exitCode, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString()}`);
}

/** The instructions of a source as hexadecimal digits. */
export function assemble(architecture: string, source: string): string {
  return assembleIn(architecture, dirname(source), basename(source));
}

/** The same for a source that includes others of its directory. */
export function assembleIn(architecture: string, sources: string, name: string): string {
  using directory = temporaryDirectory();
  const [object, binary] = [join(directory.path, "code.o"), join(directory.path, "code.bin")];
  use(architecture, "as", "-I", sources, "-o", object, join(sources, name));
  use(architecture, "objcopy", "-O", "binary", "-j", ".text", object, binary);
  return readFileSync(binary).toString("hex");
}

/** Makes a program of a source; files that it includes are in `directory`, where the program is put. @returns its path */
export function link(architecture: string, source: string, directory: string, symbols: Readonly<Record<string, number>>, flags: readonly string[] = []): string {
  const [object, program] = [join(directory, "program.o"), join(directory, "program")];
  use(architecture, "as", "-I", directory, ...Object.entries(symbols).flatMap(([name, value]) => ["--defsym", `${name}=${value}`]), "-o", object, source);
  use(architecture, "ld", "-static", ...flags, "-o", program, object);
  return program;
}
