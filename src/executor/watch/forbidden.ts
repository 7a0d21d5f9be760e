/** A forbidden system call of a process of the box, in words. */
import { existsSync, readlinkSync } from "../../kernel/fs.ts";
import { AUDIT_ARCH } from "../../kernel/constants.ts";
import { answerCall, readListener, type PendingCall } from "../../kernel/seccomp.ts";
import { syscallNumbers } from "../../kernel/syscall-numbers.ts";
import type { ForbiddenCall } from "../../model/observation.ts";

const ownArchitecture = process.arch === "arm64" ? "aarch64" : "x86_64";
const ownAudit = ownArchitecture === "aarch64" ? AUDIT_ARCH.AARCH64 : AUDIT_ARCH.X86_64;
/** Set in the numbers of x32, which has the architecture number of x86_64. */
const x32Bit = 0x4000_0000;

/** As many wishes are answered a turn, so that a flood of them cannot keep us from the clocks. */
const mostWishes = 16;
/** More than any honest program has in a run. From then on each turn is followed by a rest: answers are our CPU time, and not that of the box. */
const freeWishes = 2000;
const restMs = 10;

/**
 * Listens for forbidden calls during one run. Such a call is never answered: its thread waits in it until it is killed. The wish to make a
 * descriptor non-blocking comes the same way and is answered (plan/waiting-writes.ts): no policy forbids these calls.
 */
export class CallWatch {
  readonly #source: { readonly listener: number | null };
  readonly #program: number;
  readonly #wishes: boolean;
  readonly #isOwnPipe: (link: string) => boolean;
  #closed = false;
  #wishesAnswered = 0;
  #restsUntilMs = 0;
  #seen: ForbiddenCall | null = null;

  /**
   * @param source has the listener once the launcher handed it over
   * @param program pid of the main process, not to be reaped before a call is taken that could be its own
   * @param isOwnPipe tells those that are to stay blocking, as links of /proc name them; null: the filter does not ask
   */
  constructor(source: { readonly listener: number | null }, program: number, isOwnPipe: ((link: string) => boolean) | null = null) {
    this.#wishes = isOwnPipe !== null;
    this.#isOwnPipe = isOwnPipe ?? (() => false);
    this.#source = source;
    this.#program = program;
  }

  /** What to wait for; nothing when nobody has the filter any more, as the listener is readable for ever then. Nor during a rest. */
  get pollable(): readonly number[] {
    const { listener } = this.#source;
    return listener === null || this.#closed || this.dueMs < Infinity ? [] : [listener];
  }

  /** When a rest ends, on the clock of performance.now(); Infinity: there is none. */
  get dueMs(): number {
    return this.#restsUntilMs > 0 && this.#restsUntilMs > performance.now() ? this.#restsUntilMs : Infinity;
  }

  /** The first call of the run. */
  get seen(): ForbiddenCall | null {
    return this.#seen;
  }

  /** Looks whether a call was made; never waits. @throws SyscallError */
  take(): ForbiddenCall | null {
    const { listener } = this.#source;
    if (listener === null || this.#closed) return null;
    let said = readListener(listener);
    for (let wishes = 1; typeof said === "object" && isWish(said); wishes++) {
      answerCall(listener, said, this.#isForOwnPipe(said) ? "success" : "made");
      if (++this.#wishesAnswered > freeWishes) this.#restsUntilMs = performance.now() + restMs;
      if (wishes === mostWishes) return null;
      said = readListener(listener);
    }
    this.#closed = said === "closed";
    // It may have been a wish: a forbidden call that nobody waits in any more was not made either.
    if (said === "closed" || said === "none" || (said === "gone" && this.#wishes)) return null;
    this.#seen = said === "gone" ? { name: null, by: null } : { name: nameOf(said.number, said.architecture), by: { thread: said.thread, process: this.#processOf(said.thread) } };
    return this.#seen;
  }

  #isForOwnPipe({ thread, firstArgument }: PendingCall): boolean {
    try {
      return this.#isOwnPipe(readlinkSync(`/proc/${thread}/fd/${firstArgument}`));
    } catch {
      return false;
    }
  }

  #processOf(thread: number): "main" | "other" {
    return existsSync(`/proc/${this.#program}/task/${thread}`) ? "main" : "other";
  }
}

function isWish({ number, architecture }: PendingCall): boolean {
  return architecture === ownAudit && (number === syscallNumbers.fcntl || number === syscallNumbers.ioctl);
}

/** `forbidden system call: mount`, and who made it. */
export function describeForbidden({ name, by }: ForbiddenCall): string {
  const process = by?.process === "main" ? "the main process" : "another process";
  return `forbidden system call: ${name ?? "unknown"}${by === null ? "" : `, by thread ${by.thread} of ${process}`}`;
}

/** @param architecture AUDIT_ARCH_* */
export function nameOf(number: number, architecture: number): string {
  if (architecture === AUDIT_ARCH.I386 || architecture === AUDIT_ARCH.ARM) return `number ${number} of the 32-bit ABI`;
  if (architecture !== ownAudit) return `number ${number} of another ABI`;
  if (number >= x32Bit && ownArchitecture === "x86_64") return `number ${number - x32Bit} of the x32 ABI`;
  // The tables are not loaded for any other run.
  const { syscallsOf } = require("../../seccomp/syscalls.ts") as typeof import("../../seccomp/syscalls.ts");
  for (const [name, known] of syscallsOf(ownArchitecture)) if (known === number) return name;
  return `number ${number}`;
}
