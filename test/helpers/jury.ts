/** A jury with a state directory of its own, and small programs for it. */
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "bun:test";
import { noLimits, type Program, type ProblemLimits } from "../../src/judge/problem.ts";
import { Jury, type JuryOptions } from "../../src/judge/programs/jury.ts";
import { mountsBelow } from "./host.ts";
import { makeTestDirectory } from "./test-directory.ts";

export interface OpenJury extends AsyncDisposable {
  readonly jury: Jury;
  /** Directory of the test. */
  readonly base: string;
  /** Writes a file below it. @returns its path */
  file(name: string, text: string | Uint8Array, mode?: number): string;
  /** A shell script that is a program of the jury. */
  script(text: string): Program;
}

export function programAt(path: string, more: Partial<Program> = {}): Program {
  return { path, language: null, added: [], packs: [], ...more };
}

export function openJury(limits: Partial<ProblemLimits> = {}, options: Partial<JuryOptions> = {}): OpenJury {
  const base = makeTestDirectory("jury");
  const stateDir = join(base, "state");
  const jury = new Jury({ boxes: 1, problem: { limits: { ...noLimits, ...limits } }, stateDir, ...options });
  let scripts = 0;
  const file: OpenJury["file"] = (name, text, mode = 0o644) => {
    const path = join(base, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  return {
    jury,
    base,
    file,
    script: (text) => programAt(file(`script${scripts++}/check`, `#!/bin/sh\n${text}\n`, 0o755)),
    [Symbol.asyncDispose]: async () => {
      await jury.close();
      expect(existsSync(stateDir) ? readdirSync(stateDir).filter((name) => name.startsWith("tmp-")) : []).toEqual([]);
      expect(mountsBelow(base)).toEqual([]);
      rmSync(base, { recursive: true, force: true });
    },
  };
}
