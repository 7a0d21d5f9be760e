/** Pairs of files for comparisons. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Text = string | Uint8Array;

/** Calls `use` with descriptors of two files that are there meanwhile. */
export async function withFiles<T>(output: Text, answer: Text, use: (output: number, answer: number) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "compare-"));
  try {
    writeFileSync(join(directory, "output"), output);
    writeFileSync(join(directory, "answer"), answer);
    const [ours, theirs] = ["output", "answer"].map((name) => openSync(join(directory, name), "r"));
    try {
      return await use(ours!, theirs!);
    } finally {
      closeSync(ours!);
      closeSync(theirs!);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export const noRest = () => Promise.resolve();

/** Two files that are written again and again. */
export class FilePair implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), "compare-"));
  readonly #files = ["output", "answer"].map((name) => openSync(join(this.#directory, name), "w+"));

  with<T>(output: string, answer: string, use: (output: number, answer: number) => Promise<T>): Promise<T> {
    for (const [index, text] of [output, answer].entries()) {
      ftruncateSync(this.#files[index]!);
      writeSync(this.#files[index]!, text, 0);
    }
    return use(this.#files[0]!, this.#files[1]!);
  }

  [Symbol.dispose](): void {
    for (const fd of this.#files) closeSync(fd);
    rmSync(this.#directory, { recursive: true });
  }
}
