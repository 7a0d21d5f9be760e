/** The rows that the launcher's code goes through, one for each step of a plan. */
import { syscallNumbers } from "../kernel/syscall-numbers.ts";
import { statusDescriptor, type Argument, type LaunchPlan } from "../model/plan.ts";
import type { DataSegment } from "./data-segment.ts";
import { controlHeaderBytes, controlMessage, message, socketFilter } from "./structs.ts";

/** Words of a row: number, six arguments, indirect, keep at, compare at, the bits of it that count, compare with. */
export const rowBytes = 12 * 8;
/**
 * Words before everything else, at an address that is a constant in the code: rows, their address, candidates, argv, environment, status,
 * failure (2), signal set of init.
 */
export const blockBytes = 9 * 8;
const argumentCount = 6;
const SIGCHLD = 17;

/** What a table leads to that is not in it. */
export interface Surroundings {
  /** Numbers of the descriptors that are handed over, by the names that the plan uses. */
  readonly handed: Readonly<Record<string, number>>;
  /** Addresses of memory that is there already: `fd NAME` of a descriptor, else the name of a room. */
  readonly known?: ReadonlyMap<string, number>;
  /** Whether the rows come before everything that they lead to, or after it. */
  readonly place: "first" | "last";
}

/** Writes a plan. @returns the words of the block, and addresses by the names of `known` */
export function layOut(data: DataSegment, plan: LaunchPlan, { handed, known = new Map(), place }: Surroundings): { readonly words: number[]; readonly cells: ReadonlyMap<string, number> } {
  const firstRows = place === "first" ? data.reserve(plan.steps.length * rowBytes) : null;
  const cells = new Map(known);
  const cell = (name: string, bytes = 8) => {
    let address = cells.get(name);
    if (address === undefined) cells.set(name, (address = data.reserve(bytes)));
    return address;
  };
  // Every descriptor's cell stands in a control message, so that any of them can be passed on without being copied.
  const descriptor = (name: string) => {
    const key = `fd ${name}`;
    let address = cells.get(key);
    if (address === undefined) cells.set(key, (address = controlMessage(data) + controlHeaderBytes));
    return address;
  };
  // The kernel wants the number right behind the access (landlock_add_rule(2)): so it is kept there from the beginning.
  for (const { args } of plan.steps) {
    const rule = args[2];
    if (typeof rule !== "object" || !("beneath" in rule)) continue;
    const address = data.reserve(16);
    data.writeWord(address, rule.access);
    cells.set(`fd ${rule.beneath}`, address + 8);
  }
  // Two that are passed on together: their control messages follow each other.
  for (const { args } of plan.steps) {
    const [, sent] = args;
    if (typeof sent !== "object" || !("message" in sent) || sent.message.alsoPasses === undefined) continue;
    descriptor(sent.message.passes);
    descriptor(sent.message.alsoPasses);
  }
  for (const [name, number] of Object.entries(handed)) data.writeWord(descriptor(name), number);
  const word = (arg: Exclude<Argument, number>): number => {
    if (typeof arg === "string") return data.appendText(arg);
    if ("fd" in arg) return descriptor(arg.fd);
    if ("room" in arg) return cell(arg.room, arg.bytes) + (arg.at ?? 0);
    if ("hex" in arg) return data.append(Uint8Array.fromHex(arg.hex));
    if ("beneath" in arg) return descriptor(arg.beneath) - 8;
    if ("program" in arg) return socketFilter(data, Uint8Array.fromHex(arg.program));
    const { room, bytes, passes, alsoPasses } = arg.message;
    return message(data, cell(room, bytes), bytes, descriptor(passes) - controlHeaderBytes, alsoPasses === undefined ? 1 : 2);
  };
  // Plain loops, and no call for what is a number: in a cold command this is the longest stretch of work that is only ours.
  const words: number[] = [];
  for (const { args, opens } of plan.steps) {
    if (opens !== undefined) descriptor(opens);
    for (let at = 0; at < argumentCount; at++) {
      const arg = args[at] ?? 0;
      words.push(typeof arg === "number" ? arg : word(arg));
    }
  }
  const rows = firstRows ?? data.reserve(plan.steps.length * rowBytes);
  for (let index = 0; index < plan.steps.length; index++) {
    const { call, args, opens, expects } = plan.steps[index]!;
    const row = rows + index * rowBytes;
    data.writeWord(row, syscallNumbers[call]);
    for (let at = 0; at < argumentCount; at++) {
      const value = words[index * argumentCount + at]!;
      if (value !== 0) data.writeWord(row + (at + 1) * 8, value);
    }
    const first = args[0];
    if (typeof first === "object" && "fd" in first) data.writeWord(row + 7 * 8, 1);
    if (opens !== undefined) data.writeWord(row + 8 * 8, descriptor(opens));
    if (expects === undefined) continue;
    const { room, at = 0, bytes } = expects;
    data.writeWord(row + 9 * 8, (room === null ? descriptor(opens!) : cell(room)) + at);
    data.writeBytes(row + 10 * 8, new Uint8Array(bytes.length / 2).fill(0xff));
    data.writeBytes(row + 11 * 8, Uint8Array.fromHex(bytes));
  }
  const vector = (strings: readonly string[]) => {
    const pointers = strings.map((text) => data.appendText(text));
    const address = data.reserve((pointers.length + 1) * 8);
    pointers.forEach((pointer, index) => data.writeWord(address + index * 8, pointer));
    return address;
  };
  const { program } = plan;
  const block = [
    plan.steps.length,
    rows,
    program === null ? 0 : vector(program.candidates),
    program === null ? 0 : vector(program.argv),
    program === null ? 0 : vector(program.environment),
    handed[statusDescriptor] ?? -1,
    0,
    0,
    2 ** (SIGCHLD - 1),
  ];
  return { words: block, cells };
}
