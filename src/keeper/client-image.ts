/**
 * Makes the client: a static program with a thousand bytes of instructions that hands its command to a keeper, or executes the real program. Its code is in
 * client-code.ts; the data has what it needs to know, and room for what it sends and gets.
 */
import { signals } from "../kernel/os-numbers.ts";
import { configError } from "../model/errors.ts";
import { DataSegment } from "../launcher/data-segment.ts";
import { elf } from "../launcher/elf.ts";
import { clientCode } from "./client-code.ts";

/** Behind the address of the keeper (struct sockaddr_un, 110 bytes) come these words; the code has their places. */
const addressBytes = 112;
/** Up to there are the address, the words, and room for header, vectors and messages; texts follow. */
const fixedBytes = 512;
/** There begins what is not in the file: room for the path of the working directory, and a buffer for what the keeper wants written. */
const roomAt = 0x4000;
const roomBytes = 4096 + 65_536;
const AF_UNIX = 1;

/** What is handed on, and what a process of its own would wait for. All others do to the client what they do to every process. */
const forwarded = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGTERM", "SIGWINCH"] as const;

/** Signals that are no end for the keeper of a box: the meta file tells of them. */
const forwardedByIsolate = [...forwarded, "SIGABRT", "SIGILL", "SIGFPE", "SIGSEGV", "SIGBUS", "SIGPIPE", "SIGTTOU"] as const;

/** Instructions that load the exit codes 5 and 69, and those that load 2, which is the only one for a fault of isolate. */
const codesOfIsolate = {
  x86_64: [["bd05000000", "bd02000000"], ["bd45000000", "bd02000000"]],
  aarch64: [["b80080d2", "580080d2"], ["b80880d2", "580080d2"]],
} as const;

const texts = {
  lost: "mini-isolate: the keeper ended before this command did\nhint: see whether it is there (mini-isolate keeper status), and run the command again\n",
  unwritten: "mini-isolate: cannot write to standard output\n",
} as const;

/**
 * @param socketPath where the keeper listens, absolute @param program what is executed where there is none, absolute
 * @param isIsolate whether it has the command line of ioi/isolate
 */
export function clientImage(socketPath: string, program: string, isIsolate = false): Uint8Array {
  const data = new DataSegment();
  const base = data.reserve(fixedBytes);
  const path = Buffer.from(socketPath);
  data.writeBytes(base, new Uint8Array([AF_UNIX, 0]));
  data.writeBytes(base + 2, path);
  const missing = `mini-isolate: cannot execute ${program}\nhint: install it again, or make the client anew: mini-isolate client install PATH\n`;
  const words = [2 + path.length + 1, data.appendText(program)];
  for (const text of [texts.lost, texts.unwritten, missing]) words.push(data.appendText(text), Buffer.byteLength(text));
  words.push((isIsolate ? forwardedByIsolate : forwarded).reduce((mask, name) => mask + 2 ** (signals[name] - 1), 0));
  words.forEach((word, index) => data.writeWord(base + addressBytes + index * 8, word));
  const content = data.content();
  if (content.length > roomAt) throw configError("cannot make a client: the path of the program is too long", "put the program somewhere else");
  const architecture = process.arch === "arm64" ? "aarch64" : "x86_64";
  const code = clientCode[architecture];
  return elf(content, roomAt + roomBytes, Uint8Array.fromHex(isIsolate ? codesOfIsolate[architecture].reduce((all, [from, to]) => all.replaceAll(from, to), code) : code));
}
