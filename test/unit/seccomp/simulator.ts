/** Runs a classic BPF program as the kernel's interpreter does (net/core/filter.c), refusing what the kernel would refuse. */
import type { Instruction } from "../../../src/seccomp/bpf.ts";

/** One system call as a filter sees it; numbers may be given signed. */
export interface Call {
  readonly architecture: number;
  readonly number: number;
  /** 64 bits each; missing ones are 0. */
  readonly arguments?: readonly bigint[];
}

/** struct seccomp_data, 64 bytes. */
export function seccompData({ architecture, number, arguments: args = [] }: Call): DataView {
  const view = new DataView(new ArrayBuffer(64));
  view.setInt32(0, number | 0, true);
  view.setUint32(4, architecture, true);
  // The instruction pointer: no rule may depend on it.
  view.setBigUint64(8, 0x5555_dead_beef_0000n, true);
  args.forEach((value, index) => view.setBigUint64(16 + 8 * index, BigInt.asUintN(64, value), true));
  return view;
}

export interface Outcome {
  /** What the filter returns. */
  readonly value: number;
  /** Instructions executed. */
  readonly executed: number;
}

/** @throws Error for an instruction that seccomp does not know, an odd load, or an end without a return */
export function simulate(program: readonly Instruction[], call: Call): Outcome {
  const data = seccompData(call);
  let a = 0;
  let at = 0;
  for (let executed = 1; ; executed++) {
    const instruction = program[at++];
    if (instruction === undefined) throw new Error(`the program was left at ${at - 1}`);
    const { code, jumpTrue, jumpFalse, k } = instruction;
    const branch = (taken: boolean) => void (at += taken ? jumpTrue : jumpFalse);
    switch (code) {
      case 0x20:
        if (k % 4 !== 0 || k >= 64) throw new Error(`load of ${k}`);
        a = data.getUint32(k, true);
        break;
      case 0x54: a = (a & k) >>> 0; break;
      case 0x05: at += k; break;
      case 0x15: branch(a === k); break;
      case 0x25: branch(a > k); break;
      case 0x35: branch(a >= k); break;
      case 0x45: branch((a & k) !== 0); break;
      case 0x06: return { value: k, executed };
      default: throw new Error(`unknown instruction ${code}`);
    }
  }
}

/** The instructions in bytes that the kernel would read. */
export function parseProgram(bytes: Uint8Array): Instruction[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 8 }, (_, index) => ({
    code: view.getUint16(index * 8, true),
    jumpTrue: view.getUint8(index * 8 + 2),
    jumpFalse: view.getUint8(index * 8 + 3),
    k: view.getUint32(index * 8 + 4, true),
  }));
}
