/**
 * A launcher that begins before anybody knows what it is to start. Its image holds the first steps of a plan. Then it waits for a message,
 * which the kernel puts where the table goes on: the remaining rows, what they lead to, and a new block. So the code needs to know nothing of
 * it: it looks at the number of rows before each of them. The descriptors that come with the message are where the rows look for them.
 *
 * A row that ends the launcher stands where the message goes. So a launcher whose supervisor hangs up does nothing more.
 */
import { MSG_CMSG_CLOEXEC } from "../kernel/constants.ts";
import { statusDescriptor, type LaunchPlan, type Step } from "../model/plan.ts";
import { DataSegment } from "./data-segment.ts";
import { elf } from "./elf.ts";
import { dataAddress } from "./machine-code.ts";
import { controlHeaderBytes } from "./structs.ts";
import { blockBytes, layOut, rowBytes } from "./table.ts";

/** How many bytes may come; no memory is used before they do. Less than the kernel's usual bound for one message (net.core.wmem_default). */
export const mostBytes = 160 * 1024;
/** How many descriptors may come. */
export const mostDescriptors = 16;
/** The name under which a waiting launcher knows the socket that the message comes by. */
export const requestDescriptor = "request";
/** What the step is called that waits. */
export const waitStep = "wait for the request";

// Behind the block, at addresses that the second part can know: where descriptors come, struct msghdr, and two of struct iovec.
const controlAddress = dataAddress + blockBytes;
const controlBytes = controlHeaderBytes + mostDescriptors * 4;
const headerAddress = controlAddress + controlBytes;
const headerBytes = 56;
const vectorsAddress = headerAddress + headerBytes;
const vectorsBytes = 32;
const flagsOffset = 48;

/** Descriptors stand one after the other in 32 bits each; a call takes no more of the word. */
const addressOfDescriptor = (index: number) => controlAddress + controlHeaderBytes + index * 4;

export interface WaitingImage {
  readonly file: Uint8Array;
  /** What it performs, waiting included. */
  readonly steps: readonly Step[];
  /** Where the table goes on. */
  readonly address: number;
  /** Where the descriptors are that it opens, by `fd NAME`: the second part may use them. */
  readonly opened: ReadonlyMap<string, number>;
}

/** @param handed numbers of the status descriptor and of the socket, under which the launcher finds them */
export function waitingImage(ahead: readonly Step[], handed: Readonly<Record<typeof statusDescriptor | typeof requestDescriptor, number>>): WaitingImage {
  const data = new DataSegment();
  for (const [bytes, address] of [[blockBytes, dataAddress], [controlBytes, controlAddress], [headerBytes, headerAddress], [vectorsBytes, vectorsAddress]] as const) {
    if (data.reserve(bytes) !== address) throw new RangeError("the memory of a waiting launcher is not laid out as its second part expects");
  }
  const flags = new Uint8Array(new Uint32Array([MSG_CMSG_CLOEXEC]).buffer).toHex();
  // All of it and all descriptors, or nothing: else the flags say that something was cut off (recvmsg(2), MSG_TRUNC, MSG_CTRUNC).
  const wait: Step = { does: waitStep, call: "recvmsg", args: [{ fd: requestDescriptor }, headerAddress, MSG_CMSG_CLOEXEC], expects: { room: "header", at: flagsOffset, bytes: flags } };
  const end: Step = { does: "end without a request", call: "exit_group", args: [127] };
  const steps = [...ahead, wait];
  const { words, cells } = layOut(data, { steps: [...steps, end], program: null }, { handed, known: new Map([["header", headerAddress]]), place: "last" });
  words.forEach((value, index) => data.writeWord(dataAddress + index * 8, value));
  const address = words[1]! + steps.length * rowBytes;
  const header = [0, 0, vectorsAddress, 2, controlAddress, controlBytes, 0];
  header.forEach((value, index) => data.writeWord(headerAddress + index * 8, value));
  [dataAddress, blockBytes, address, mostBytes].forEach((value, index) => data.writeWord(vectorsAddress + index * 8, value));
  const names = new Set(ahead.flatMap(({ opens }) => (opens === undefined ? [] : [`fd ${opens}`])));
  const opened = new Map([...cells].filter(([name]) => names.has(name)));
  return { file: elf(data.content(), address + mostBytes - dataAddress), steps, address, opened };
}

/**
 * The message that makes a waiting launcher go on with these steps, and become this program.
 * @param rest uses the descriptors that are sent with the message under the names in `sent`, in that order
 * @returns null when it is too long
 */
export function requestFor({ steps, address, opened }: WaitingImage, rest: LaunchPlan, status: number, sent: readonly string[]): readonly [block: Uint8Array, table: Uint8Array] | null {
  if (sent.length > mostDescriptors) return null;
  const data = new DataSegment(address);
  const known = new Map([...opened, ...sent.map((name, index) => [`fd ${name}`, addressOfDescriptor(index)] as const)]);
  const { words } = layOut(data, rest, { handed: { [statusDescriptor]: status }, known, place: "first" });
  // The rows of both parts are counted as one.
  words[0]! += steps.length;
  const table = data.content();
  return table.length > mostBytes ? null : [new Uint8Array(new BigInt64Array(words.map(BigInt)).buffer), table];
}
