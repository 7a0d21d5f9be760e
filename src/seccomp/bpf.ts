/**
 * From a policy to a seccomp filter in classic BPF (Documentation/userspace-api/seccomp_filter.rst). Only loads of the number,
 * the architecture and the arguments, jumps and returns are used: of calls that are decided by their number alone the kernel
 * then remembers the outcome and does not run the filter at all (kernel/seccomp.c, seccomp_cache_prepare).
 */
import { errno as errorNumbers } from "../kernel/os-numbers.ts";
import { AUDIT_ARCH, SECCOMP_RET } from "../kernel/constants.ts";
import { decisions } from "./policy.ts";
import type { Policy, ArgumentRule, Action, Case, Condition } from "./rules.ts";
import type { Architecture } from "./syscalls.ts";

/** struct sock_filter. */
export interface Instruction {
  readonly code: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly k: number;
}

/** Operations of linux/bpf_common.h: class, size, mode and source in one number. */
export const op = {
  load: 0x20,
  jump: 0x05,
  jumpIfEqual: 0x15,
  jumpIfAtLeast: 0x35,
  jumpIfAnyBit: 0x45,
  and: 0x54,
  return: 0x06,
} as const;

export const auditNumber: Readonly<Record<Architecture, number>> = { x86_64: AUDIT_ARCH.X86_64, aarch64: AUDIT_ARCH.AARCH64 };

/** struct seccomp_data: number, architecture, instruction pointer, then six arguments of 64 bits. */
export const dataOffset = { number: 0, architecture: 4, arguments: 16 } as const;

/** Set in the numbers of x32, and so in every negative one; no call of ours is above it. */
export const foreignNumbers = 0x4000_0000;

/** Most instructions that the kernel takes (BPF_MAXINSNS). */
export const mostInstructions = 4096;

/** What a filter returns for an action. `kill` is a word to the supervisor, which kills; without one listening the call is ENOSYS. */
export function returnValue(action: Action): number {
  if (action === "allow") return SECCOMP_RET.ALLOW;
  if (action === "kill") return SECCOMP_RET.USER_NOTIF;
  if (action === "ignore") return SECCOMP_RET.ERRNO;
  return SECCOMP_RET.ERRNO | errorNumbers[action];
}

const longestJump = 255;

function give(action: Action): Instruction {
  return { code: op.return, jumpTrue: 0, jumpFalse: 0, k: returnValue(action) };
}

function load(offset: number): Instruction {
  return { code: op.load, jumpTrue: 0, jumpFalse: 0, k: offset };
}

/** Counts are of the instructions to skip. */
function compare(code: number, k: number, jumpTrue: number, jumpFalse: number): Instruction {
  return { code, jumpTrue, jumpFalse, k };
}

/** The filter; for any architecture on any machine. Whatever it does not know is refused. */
export function filterOf(policy: Policy, architecture: Architecture): readonly Instruction[] {
  return [
    load(dataOffset.architecture),
    // Other ABIs number their calls otherwise, so nothing below would mean what it says.
    compare(op.jumpIfEqual, auditNumber[architecture], 1, 0),
    give("kill"),
    load(dataOffset.number),
    compare(op.jumpIfAtLeast, foreignNumbers, 0, 1),
    give("kill"),
    ...search(runsOf(decisions(policy, architecture))),
  ];
}

/**
 * What stands before any filter for something to be allowed: it decides the calls that are changed, and everything else goes on to
 * what comes behind it.
 * @param decided by number
 */
export function filterBefore(decided: ReadonlyMap<number, Action | ArgumentRule>, architecture: Architecture): readonly Instruction[] {
  const parts = [...decided].flatMap(([number, decision]) => {
    const part = decide(decision);
    return [compare(op.jumpIfEqual, number, 0, part.length), ...part];
  });
  const length = parts.length + 1;
  if (length > longestJump) throw new Error(`${length} instructions before a filter are more than can be skipped`);
  return [load(dataOffset.architecture), compare(op.jumpIfEqual, auditNumber[architecture], 0, length), load(dataOffset.number), ...parts];
}

/**
 * What stands before any filter to decide all calls of another ABI.
 * @param known by number of that ABI; other numbers get ENOSYS @param auditNumber of that ABI
 */
export function filterForAbi(known: ReadonlyMap<number, Action | ArgumentRule>, auditNumber: number): readonly Instruction[] {
  const parts = [load(dataOffset.number), ...search(runsOf(known))];
  return [load(dataOffset.architecture), compare(op.jumpIfEqual, auditNumber, 1, 0), compare(op.jump, parts.length, 0, 0), ...parts];
}

/** Numbers from here to the next run that are decided alike. */
interface Run {
  readonly from: number;
  readonly decision: Action | ArgumentRule;
}

/** @param known by number; numbers that are not there get ENOSYS */
function runsOf(known: ReadonlyMap<number, Action | ArgumentRule>): Run[] {
  const runs: Run[] = [];
  // One past the newest: the run of everything that is yet to be invented.
  for (let number = 0; number <= Math.max(...known.keys()) + 1; number++) {
    const decision = known.get(number) ?? "ENOSYS";
    if (runs.at(-1)?.decision !== decision) runs.push({ from: number, decision });
  }
  return runs;
}

/** Every way through ends with a return, so parts can stand one after the other. */
function search(runs: readonly Run[]): Instruction[] {
  if (runs.length === 1) return decide(runs[0]!.decision);
  const middle = runs.length >> 1;
  const low = search(runs.slice(0, middle));
  const from = runs[middle]!.from;
  const branch =
    low.length <= longestJump
      ? [compare(op.jumpIfAtLeast, from, low.length, 0)]
      : [compare(op.jumpIfAtLeast, from, 0, 1), compare(op.jump, low.length, 0, 0)];
  return [...branch, ...low, ...search(runs.slice(middle))];
}

function decide(decision: Action | ArgumentRule): Instruction[] {
  if (typeof decision === "string") return [give(decision)];
  return [...decision.cases.flatMap(caseOf), give(decision.otherwise)];
}

/** Returns when all conditions hold; otherwise goes on behind itself. */
function caseOf({ when, then }: Case): Instruction[] {
  return when.reduceRight<Instruction[]>((rest, condition) => [...askFor(condition, rest.length), ...rest], [give(then)]);
}

/** Goes on when the condition holds, else skips `rest` instructions. */
function askFor({ argument, word, mask, test, values }: Condition, rest: number): Instruction[] {
  const numbers = Object.values(values);
  const bits = numbers.reduce((sum, bit) => sum | bit, 0);
  const after = (index: number) => numbers.length - 1 - index;
  const tests =
    test === "any bit of" ? [compare(op.jumpIfAnyBit, bits >>> 0, 0, rest)]
    : test === "any bit but" ? [compare(op.jumpIfAnyBit, ~bits >>> 0, 0, rest)]
    : test === "none of" ? numbers.map((value, index) => compare(op.jumpIfEqual, value, after(index) + rest, 0))
    : numbers.map((value, index) => compare(op.jumpIfEqual, value, after(index), after(index) === 0 ? rest : 0));
  const masked = mask === undefined ? [] : [{ code: op.and, jumpTrue: 0, jumpFalse: 0, k: mask }];
  // Both architectures are little endian: the low word comes first.
  return [load(dataOffset.arguments + 8 * argument + (word === "high" ? 4 : 0)), ...masked, ...tests];
}

/** The instructions as the kernel reads them, 8 bytes each, little endian. */
export function programBytes(instructions: readonly Instruction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(instructions.length * 8));
  instructions.forEach(({ code, jumpTrue, jumpFalse, k }, index) => {
    view.setUint16(index * 8, code, true);
    view.setUint8(index * 8 + 2, jumpTrue);
    view.setUint8(index * 8 + 3, jumpFalse);
    view.setUint32(index * 8 + 4, k, true);
  });
  return new Uint8Array(view.buffer);
}
