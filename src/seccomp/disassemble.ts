/** A filter in readable form, one line an instruction. */
import { errno as errorNumbers } from "../kernel/os-numbers.ts";
import { auditNumber, dataOffset, op, returnValue, type Instruction } from "./bpf.ts";
import { refusalErrnos } from "./rules.ts";
import { architectures, syscallsOf, type Architecture } from "./syscalls.ts";

const comparisons = new Map<number, string>([[op.jumpIfEqual, "=="], [op.jumpIfAtLeast, ">="], [op.jumpIfAnyBit, "&"]]);

/**
 * Every line says what its instruction does; A is the word that was loaded last, and a line number is where it goes on.
 * @throws Error for an instruction that no filter of ours has
 */
export function disassemble(instructions: readonly Instruction[], architecture: Architecture): string[] {
  const names = new Map([...syscallsOf(architecture)].map(([name, number]) => [number, name]));
  return instructions.map(({ code, jumpTrue, jumpFalse, k }, index) => {
    const next = index + 1;
    if (code === op.load) return `A = ${wordAt(k)}`;
    if (code === op.and) return `A = A & 0x${k.toString(16)}`;
    if (code === op.jump) return `go to ${next + k}`;
    if (code === op.return) return `return ${verdict(k)}`;
    const comparison = comparisons.get(code);
    if (comparison === undefined) throw new Error(`unknown instruction ${code} in line ${index}`);
    const call = code === op.jumpIfAtLeast ? names.get(k) : architectures.find((name) => auditNumber[name] === k);
    const value = k > 0xffff ? `0x${k.toString(16)}` : String(k);
    const otherwise = jumpFalse === 0 ? "" : `, else to ${next + jumpFalse}`;
    return `if A ${comparison} ${value} go to ${next + jumpTrue}${otherwise}${call === undefined ? "" : ` (${call})`}`;
  });
}

function wordAt(offset: number): string {
  if (offset === dataOffset.number) return "number of the call";
  if (offset === dataOffset.architecture) return "architecture";
  const place = offset - dataOffset.arguments;
  return `${place % 8 === 0 ? "low" : "high"} word of argument ${Math.floor(place / 8)}`;
}

function verdict(k: number): string {
  if (k === returnValue("allow")) return "ALLOW";
  if (k === returnValue("kill")) return "USER_NOTIF";
  if (k === returnValue("ignore")) return "ERRNO 0";
  return `ERRNO ${refusalErrnos.find((name) => errorNumbers[name] === (k & 0xffff)) ?? k & 0xffff}`;
}
