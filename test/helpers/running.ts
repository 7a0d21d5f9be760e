/** A process that a test has started: its output as it comes, its end, always with a deadline. */
import type { Subprocess } from "bun";
import { patience } from "./slowness.ts";
import { until } from "./until.ts";

/** How a process ended and all that it printed. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** 128 + signal when a signal ended it, as a shell reports it. */
  readonly exitCode: number;
}

/** How to start a process; see {@link start}. */
export interface StartOptions {
  /** Its standard input; without it the input is empty. `open`: a pipe that nobody writes to and nobody closes. */
  readonly input?: string | Uint8Array | { readonly open: true };
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** It is killed and the test fails when it takes longer. */
  readonly timeoutMs?: number;
}

export interface Running {
  readonly pid: number;
  /** What it has printed until now. */
  stdoutSoFar(): string;
  kill(signal: NodeJS.Signals): void;
  /** Waits for a text on stdout. */
  prints(text: string, timeoutMs?: number): Promise<void>;
  /** @throws Error when it took too long, or when something holds its output open after its end */
  readonly ended: Promise<Outcome>;
}

/** Starts a command with its output connected to us. */
export function start(command: readonly string[], options: StartOptions): Running {
  const { input, timeoutMs = 15_000 } = options;
  const child = Bun.spawn([...command], {
    stdin: input === undefined ? "ignore" : typeof input === "string" ? Buffer.from(input) : input instanceof Uint8Array ? input : "pipe",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...options.env },
    cwd: options.cwd ?? "/",
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  return {
    pid: child.pid,
    stdoutSoFar: stdout.text,
    kill: (signal) => child.kill(signal),
    prints: async (text, waitMs = 5000) => {
      await until(`'${text}' on stdout of ${command.join(" ")}`, () => stdout.text().includes(text), waitMs);
    },
    ended: finish(child, command, stdout, stderr, timeoutMs),
  };
}

interface Collected {
  text(): string;
  readonly end: Promise<void>;
}

function collect(stream: ReadableStream<Uint8Array>): Collected {
  const chunks: Uint8Array[] = [];
  const read = async () => {
    for await (const chunk of stream) chunks.push(chunk);
  };
  return { text: () => Buffer.concat(chunks).toString(), end: read() };
}

async function finish(child: Subprocess, command: readonly string[], stdout: Collected, stderr: Collected, timeoutMs: number): Promise<Outcome> {
  const said = () => `${command.join(" ")}\nstdout: ${stdout.text().slice(0, 2000)}\nstderr: ${stderr.text().slice(0, 2000)}`;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, patience(timeoutMs));
  await child.exited;
  clearTimeout(timer);
  if (late) throw new Error(`did not end within ${patience(timeoutMs)} ms: ${said()}`);
  const closed = await Promise.race([Promise.all([stdout.end, stderr.end]), Bun.sleep(patience(3000))]);
  if (closed === undefined) throw new Error(`something holds the output open after the end of: ${said()}`);
  const signal = child.signalCode === null ? 0 : (signalNumbers[child.signalCode] ?? 0);
  return { stdout: stdout.text(), stderr: stderr.text(), exitCode: child.exitCode ?? 128 + signal };
}

const { signals: signalNumbers } = (await import("node:os")).constants as { signals: Record<string, number> };
