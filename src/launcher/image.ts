/**
 * Makes the launcher: an ELF image whose data is a launch plan (elf(5)). It is built anew for every run, in memory,
 * and holds nothing but the plan and some 300 bytes of code.
 */
import { syscallNumbers } from "../kernel/syscall-numbers.ts";
import { statusDescriptor, type Argument, type LaunchPlan } from "../model/plan.ts";
import { dataAddress, machineCode } from "./machine-code.ts";

/** Largest page size of the supported architectures: segments are aligned to it. */
const pageBytes = process.arch === "arm64" ? 65_536 : 4096;
const codeAddress = 0x10000;
const elfHeaderBytes = 64;
const programHeaderBytes = 56;
const codeOffset = elfHeaderBytes + 3 * programHeaderBytes;

/** Words of a row: number, six arguments, indirect, keep at, compare at, the bits of it that count, compare with. */
const rowWords = 12;
/** Words before everything else: rows, their address, candidates, argv, environment, status, failure (2), signal set of init. */
const blockWords = 9;
const SIGCHLD = 17;

/** Bytes that a failed launcher writes to the status descriptor: row and error number, 64 bits each. */
export const failureBytes = 16;

/**
 * @param descriptors numbers of the descriptors that are handed over, by the names that the plan uses
 * @returns the file to execute
 */
export function launcherImage(plan: LaunchPlan, descriptors: Readonly<Record<string, number>>): Uint8Array {
  const data = new DataSegment();
  const cells = new Map<string, number>();
  const cell = (name: string, bytes = 8) => {
    let address = cells.get(name);
    if (address === undefined) cells.set(name, (address = data.reserve(bytes)));
    return address;
  };
  // The block comes first: its address is a constant in the code.
  const block = data.reserve(blockWords * 8);
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
  for (const [name, number] of Object.entries(descriptors)) data.writeWord(descriptor(name), number);
  const rows = data.reserve(plan.steps.length * rowWords * 8);
  const word = (arg: Argument): number => {
    if (typeof arg === "number") return arg;
    if (typeof arg === "string") return data.appendText(arg);
    if ("hex" in arg) return data.append(Uint8Array.fromHex(arg.hex));
    if ("beneath" in arg) return descriptor(arg.beneath) - 8;
    if ("program" in arg) return socketFilter(data, Uint8Array.fromHex(arg.program));
    if ("message" in arg) {
      const { room, bytes, passes, alsoPasses } = arg.message;
      return message(data, cell(room, bytes), bytes, descriptor(passes) - controlHeaderBytes, alsoPasses === undefined ? 1 : 2);
    }
    return "fd" in arg ? descriptor(arg.fd) : cell(arg.room, arg.bytes) + (arg.at ?? 0);
  };
  for (const [index, step] of plan.steps.entries()) {
    const row = rows + index * rowWords * 8;
    data.writeWord(row, syscallNumbers[step.call]);
    let at = row;
    for (const arg of step.args) data.writeWord((at += 8), word(arg));
    const [first] = step.args;
    if (typeof first === "object" && "fd" in first) data.writeWord(row + 7 * 8, 1);
    if (step.opens !== undefined) data.writeWord(row + 8 * 8, descriptor(step.opens));
    if (step.expects !== undefined) {
      const { room, at = 0, bytes } = step.expects;
      data.writeWord(row + 9 * 8, (room === null ? descriptor(step.opens!) : cell(room)) + at);
      data.writeBytes(row + 10 * 8, new Uint8Array(bytes.length / 2).fill(0xff));
      data.writeBytes(row + 11 * 8, Uint8Array.fromHex(bytes));
    }
  }
  const vector = (strings: readonly string[]) => {
    const pointers = strings.map((text) => data.appendText(text));
    const address = data.reserve((pointers.length + 1) * 8);
    pointers.forEach((pointer, index) => data.writeWord(address + index * 8, pointer));
    return address;
  };
  const { program } = plan;
  const head = [
    plan.steps.length,
    rows,
    program === null ? 0 : vector(program.candidates),
    program === null ? 0 : vector(program.argv),
    program === null ? 0 : vector(program.environment),
    descriptors[statusDescriptor] ?? -1,
    0,
    0,
    2 ** (SIGCHLD - 1),
  ];
  head.forEach((value, index) => data.writeWord(block + index * 8, value));
  return elf(data.content());
}

/** struct sock_fprog of seccomp(2): number of instructions, then their address. */
function socketFilter(data: DataSegment, instructions: Uint8Array): number {
  const code = data.append(instructions);
  const header = data.reserve(16);
  data.writeWord(header, instructions.length / 8);
  data.writeWord(header + 8, code);
  return header;
}

/** Bytes of struct cmsghdr, after which the descriptors stand (cmsg(3)). */
const controlHeaderBytes = 16;
/** With one descriptor, and padding. */
const controlMessageBytes = controlHeaderBytes + 8;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;

/** A control message with one descriptor, which is to be written behind its header: number in the low word, the rest is padding. */
function controlMessage(data: DataSegment): number {
  const control = data.reserve(controlMessageBytes);
  data.writeWord(control, controlHeaderBytes + 4);
  // Level in the low half, type in the high one.
  data.writeWord(control + 8, SOL_SOCKET + SCM_RIGHTS * 2 ** 32);
  return control;
}

/** struct msghdr of sendmsg(2) with one struct iovec and one control message. */
function message(data: DataSegment, room: number, bytes: number, control: number, messages: 1 | 2): number {
  const vector = data.reserve(16);
  data.writeWord(vector, room);
  data.writeWord(vector + 8, bytes);
  const header = data.reserve(56);
  [0, 0, vector, 1, control, messages * controlMessageBytes].forEach((value, index) => data.writeWord(header + index * 8, value));
  return header;
}

const utf8 = new TextEncoder();

/** Bytes that will stand at {@link dataAddress}; everything is addressed as it will be at run time. */
class DataSegment {
  #bytes = new Uint8Array(32_768);
  /** The same bytes; both architectures are little endian. */
  #words = new Int32Array(this.#bytes.buffer);
  #used = 0;

  /** Zeroed room, aligned to 8. @returns its address */
  reserve(bytes: number): number {
    this.#used = Math.ceil(this.#used / 8) * 8;
    const address = dataAddress + this.#used;
    this.#used += bytes;
    this.#makeRoom(this.#used);
    return address;
  }

  append(bytes: Uint8Array): number {
    const address = this.reserve(bytes.length);
    this.writeBytes(address, bytes);
    return address;
  }

  writeBytes(address: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, address - dataAddress);
  }

  /** A C string. */
  appendText(text: string): number {
    const at = this.#used;
    // UTF-8 has at most three bytes for each unit of a string; the closing NUL is there already.
    this.#makeRoom(at + text.length * 3 + 1);
    this.#used += utf8.encodeInto(text, this.#bytes.subarray(at)).written + 1;
    return dataAddress + at;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.ceil(Math.max(bytes, this.#bytes.length * 2) / 8) * 8);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#words = new Int32Array(larger.buffer);
  }

  writeWord(address: number, value: number): void {
    // Room begins zeroed, and most words of most rows are.
    if (value === 0) return;
    // Not a DataView with bigints: it would cost more than all the rest.
    const at = (address - dataAddress) >> 2;
    this.#words[at] = value;
    this.#words[at + 1] = Math.floor(value / 2 ** 32);
  }

  content(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }
}

function elf(data: Uint8Array): Uint8Array {
  const code = machineCode(process.arch);
  const dataOffset = pageBytes;
  const file = new Uint8Array(dataOffset + data.length);
  const view = new DataView(file.buffer);
  // e_ident: magic, 64 bits, little endian, version 1
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, process.arch === "arm64" ? 183 : 62, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(codeAddress + codeOffset), true);
  view.setBigUint64(32, BigInt(elfHeaderBytes), true);
  view.setUint16(52, elfHeaderBytes, true);
  view.setUint16(54, programHeaderBytes, true);
  view.setUint16(56, 3, true);
  const header = (index: number, type: number, flags: number, offset: number, address: number, bytes: number) => {
    const at = elfHeaderBytes + index * programHeaderBytes;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, flags, true);
    view.setBigUint64(at + 8, BigInt(offset), true);
    view.setBigUint64(at + 16, BigInt(address), true);
    view.setBigUint64(at + 24, BigInt(address), true);
    view.setBigUint64(at + 32, BigInt(bytes), true);
    view.setBigUint64(at + 40, BigInt(bytes), true);
    view.setBigUint64(at + 48, BigInt(type === 1 ? pageBytes : 16), true);
  };
  // PT_LOAD read+execute, PT_LOAD read+write, PT_GNU_STACK read+write: nothing is writable and executable.
  header(0, 1, 5, 0, codeAddress, codeOffset + code.length);
  header(1, 1, 6, dataOffset, dataAddress, data.length);
  header(2, 0x6474_e551, 6, 0, 0, 0);
  file.set(code, codeOffset);
  file.set(data, dataOffset);
  return file;
}
