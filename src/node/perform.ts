/** One run: the binary is started, fed, listened to, and what it reports becomes a result or an error. */
import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { checkRunOptions } from "../library/check-options.ts";
import type { RunOptions, StdinInput } from "../library/options.ts";
import { programEnded } from "../library/output-stream.ts";
import type { ChunkTaker, WritableByteStream } from "../library/stream-types.ts";
import { configError } from "../model/errors.ts";
import type { ExecutionResult } from "../model/result.ts";
import { documentOf, errorOf, notStarted } from "./ask.ts";
import { environmentWithout } from "./environment.ts";
import { takeFiles } from "./files-out.ts";
import { runFlags } from "./flags.ts";
import { feed, readInput } from "./input.ts";

type Outlet = ChunkTaker | WritableByteStream;

/** A run that goes on, for whoever has to end it. */
export interface Going {
  stop(reason: unknown): void;
}

/** Descriptors of the command: its result, where its own streams are the program's; where the program's output goes. */
const [resultFd, stdoutFd, stderrFd] = [3, 4, 5];

/**
 * @param words the command without the flags of the run: `run --box-id=1` @param rest what follows the flags
 * @param outputBytes so much is kept of an output that nobody takes while the other one is a stream
 * @param began told of the run; what it returns is called when the run is over
 */
export async function perform(binary: string, words: readonly string[], rest: readonly string[], stdin: StdinInput, options: RunOptions, outputBytes: number, began: (run: Going) => () => void): Promise<ExecutionResult> {
  checkRunOptions(options);
  const input = readInput(stdin);
  const { signal = null, stdout = null, stderr = null, passthrough = false, inheritDescriptors = [] } = options;
  if (input !== "nothing" && options.stdinFile != null) throw configError("cannot use stdinFile together with another standard input", "leave one of them out");
  if (input !== "nothing" && "next" in input && options.repeat != null) throw configError("cannot repeat a run whose standard input is written to it", "give a descriptor of a file");
  if (signal?.aborted === true) throw signal.reason;
  // A program has its streams while it runs only where they are those of the command.
  const streams = stdout !== null || stderr !== null;
  const isDirect = streams || passthrough;
  const taken = [isDirect && resultFd, options.stdoutTo != null && stdoutFd, options.stderrTo != null && stderrFd];
  const clash = inheritDescriptors.find((fd) => taken.includes(fd) || isDirect);
  if (clash !== undefined) throw configError(`cannot hand on descriptor ${clash} in this run: it would be in the way of others`, "use descriptors from 6 on, and no streams");
  const stdio: (number | "pipe" | "ignore" | "inherit")[] = [input === "nothing" ? "ignore" : "fd" in input ? input.fd : "pipe", "pipe", "pipe"];
  if (passthrough) stdio.splice(0, 3, input === "nothing" ? "inherit" : stdio[0]!, "inherit", "inherit");
  using files = takeFiles(options);
  const flags = [...runFlags(options), ...files.flags];
  const place = (at: number, what: number | "pipe") => {
    while (stdio.length <= at) stdio.push("ignore");
    stdio[at] = what;
  };
  if (isDirect) place(resultFd, "pipe");
  flags.push(...(isDirect ? ["--passthrough", `--result=/dev/fd/${resultFd}`] : ["--json"]));
  for (const [to, at, flag] of [[options.stdoutTo, stdoutFd, "stdout"], [options.stderrTo, stderrFd, "stderr"]] as const) {
    if (to == null) continue;
    place(at, to);
    flags.push(`--${flag}=/dev/fd/${at}`);
  }
  for (const fd of inheritDescriptors) place(fd, fd);
  if (inheritDescriptors.length > 0) flags.push("--inherit-fds");
  const removed = (options.environment ?? []).filter(([, value]) => value === null).map(([name]) => name);
  const env = options.fullEnvironment ?? environmentWithout(removed);
  const child = spawn(binary, [...words, ...flags, ...rest], { stdio: stdio as StdioOptions, env });
  let stopped: { readonly reason: unknown } | null = null;
  const stop = (reason: unknown) => {
    stopped ??= { reason };
    // With the streams of the command, a signal is handed on to the program. When the command dies, the kernel ends everything in the box.
    child.kill(isDirect ? "SIGKILL" : "SIGTERM");
  };
  const over = began({ stop });
  const abort = () => stop(signal!.reason);
  signal?.addEventListener("abort", abort);
  const fail = (error: unknown) => stop(error);
  try {
    const ended = endOf(child, binary);
    const outlets = [stdout, stderr];
    const readers = isDirect ? outlets.map((outlet, index) => hand(child.stdio[index + 1] as Readable | null, outlet, outputBytes, ended, fail)) : [collect(child.stdout), collect(child.stderr)];
    const report = isDirect ? collect(child.stdio[resultFd] as Readable) : readers[0]!;
    if (input !== "nothing" && "next" in input) {
      void feed(input, child.stdin as Writable).catch(fail);
      void ended.then(() => input.cancel(), () => {}).then(undefined, () => {});
    }
    const { status, signal: killed } = await ended;
    const [text, said, complained] = await Promise.all([report, ...readers]);
    if (stopped !== null) throw (stopped as { readonly reason: unknown }).reason;
    const document = documentOf(text.toString());
    if (document === null || "error" in document) throw errorOf(document, status, killed, isDirect ? "" : complained!.toString());
    const warnings = isDirect ? "" : complained!.toString();
    if (options.warn != null) for (const line of warnings.split("\n")) if (line !== "") options.warn(line.replace(/^mini-isolate: /, ""));
    const result = files.complete(document as unknown as ExecutionResult);
    if (!streams || passthrough) return result;
    const kept = (bytes: Buffer) => bytes.subarray(0, outputBytes).toString();
    const isCut = (bytes: Buffer) => bytes.length > outputBytes;
    if (stdout === null) return { ...result, stdout: kept(said!), stdout_truncated: isCut(said!) };
    return stderr === null ? { ...result, stderr: kept(complained!), stderr_truncated: isCut(complained!) } : result;
  } finally {
    signal?.removeEventListener("abort", abort);
    over();
  }
}

function endOf(child: ChildProcess, binary: string): Promise<{ readonly status: number | null; readonly signal: string | null }> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(notStarted(binary, error)));
    child.once("exit", (status, signal) => resolve({ status, signal }));
  });
}

/** @param most what is beyond is read and dropped, but for a piece that shows that there is more: the program must not fill our memory */
async function collect(from: Readable | null, most = Infinity): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  if (from === null) return Buffer.alloc(0);
  for await (const chunk of from) {
    if (bytes <= most) chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return Buffer.concat(chunks);
}

/** To the caller, who says when the next piece may come; without a caller, what there is is kept. */
async function hand(from: Readable | null, outlet: Outlet | null, outputBytes: number, ended: Promise<unknown>, fail: (error: unknown) => void): Promise<Buffer> {
  if (outlet === null || from === null) return await collect(from, outputBytes);
  const writer = typeof outlet === "function" ? null : outlet.getWriter();
  const take = typeof outlet === "function" ? outlet : (chunk: Uint8Array) => writer!.write(chunk);
  // Whoever does not read must not keep the verdict.
  const tell = (outlet as { readonly [programEnded]?: () => void })[programEnded];
  if (tell !== undefined) void ended.then(tell, tell);
  try {
    for await (const chunk of from) await take(chunk as Uint8Array);
    await writer?.close();
  } catch (error) {
    fail(error);
    void writer?.abort(error).then(undefined, () => {});
  }
  return Buffer.alloc(0);
}
