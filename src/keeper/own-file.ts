/** The file of this program, and what is there now under its name. */
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";

/** Which file it is, as it is now; empty: there is none. */
export function identityOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.dev}:${stat.ino}:${stat.mtimeMs}`;
}

export class OwnFile {
  /** As it was named when this process was started, so that a link that leads elsewhere now is followed; absolute. */
  readonly path: string;
  readonly #identity: string;
  #replacedAtMs: number | null = null;

  /** To be made before this process changes its working directory. */
  constructor() {
    this.#identity = identityOf("/proc/self/exe");
    const [word = ""] = readFileSync("/proc/self/cmdline", "utf8").split("\0");
    const named = resolve(word);
    this.path = word.includes("/") && identityOf(named) === this.#identity ? named : process.execPath;
  }

  isReplaced(): boolean {
    const is = identityOf(this.path) !== this.#identity;
    if (!is) this.#replacedAtMs = null;
    else this.#replacedAtMs ??= performance.now();
    return is;
  }

  /** Since when this was seen, in milliseconds. */
  get replacedForMs(): number {
    return this.#replacedAtMs === null ? 0 : performance.now() - this.#replacedAtMs;
  }
}
