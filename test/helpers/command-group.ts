/** Groups of commands in boxes of their own, as the process of a slot runs them, without the process. */
import { rmSync } from "node:fs";
import { RunLoop } from "../../src/executor/watch/run-loop.ts";
import type { SignalSource } from "../../src/model/waiting.ts";
import { SlotBox } from "../../src/pool/slot-box.ts";
import { inlineBytes, type Content } from "../../src/serve/content.ts";
import type { JobEvent } from "../../src/serve/events.ts";
import type { CommandFile, JobCommand, JobPipe } from "../../src/serve/job.ts";
import type { CommandOutcome } from "../../src/serve/outcome.ts";
import { runCommands } from "../../src/serve/work/run-commands.ts";
import type { Surroundings, TalkInput } from "../../src/serve/work/surroundings.ts";
import { MemoryContents } from "./memory-contents.ts";
import { makeTestDirectory } from "./test-directory.ts";

const mebibyte = 2 ** 20;

/** What a test does not say: a shell that does nothing, with limits that hold on a busy machine. */
export function command(script: string, parts: Partial<JobCommand> = {}): JobCommand {
  return {
    args: ["/bin/sh", "-c", script],
    environment: ["PATH=/usr/bin:/bin"],
    files: [text(""), collector("stdout"), collector("stderr")],
    tty: false,
    limits: {},
    dataLimit: null,
    addressSpaceLimit: null,
    cpuRate: null,
    cpus: null,
    copyIn: {},
    copyOut: [],
    copyOutCached: [],
    copyOutMax: mebibyte,
    copyOutTruncates: false,
    ...parts,
  };
}

export const text = (content: string): Extract<CommandFile, { kind: "content" }> => ({ kind: "content", content: { text: content } });
export const collector = (name: string, most = 64 * 1024): CommandFile => ({ kind: "collector", name, most, isPipe: false });

/** From a command's descriptor to another one's. */
export function pipe(from: readonly [command: number, fd: number], to: readonly [command: number, fd: number], parts: Partial<JobPipe> = {}): JobPipe {
  return { from: { command: from[0], fd: from[1] }, to: { command: to[0], fd: to[1] }, proxied: false, name: null, most: 0, ...parts };
}

export interface Ran {
  readonly outcomes: readonly CommandOutcome[];
  /** What a command left or wrote, as text; null: there is no such file. */
  file(command: number, name: string): Promise<string | null>;
  readonly events: readonly JobEvent[];
}

export interface Live {
  /** What the talk gives; called when the commands are there. */
  readonly talk?: (say: (stream: { readonly command: number; readonly fd: number }, bytes: Uint8Array | null) => void, tell: (listener: (event: JobEvent) => void) => void) => void;
  /** The job is cancelled at the first event or after so many milliseconds. */
  readonly cancelAfterMs?: number;
}

/** Runs a group to its end. */
export async function runGroup(commands: readonly JobCommand[], pipes: readonly JobPipe[] = [], live: Live = {}): Promise<Ran> {
  const directory = makeTestDirectory("commands");
  const loop = new RunLoop();
  const contents = new MemoryContents();
  const boxes: SlotBox[] = [];
  const events: JobEvent[] = [];
  const listeners: ((event: JobEvent) => void)[] = [];
  let isCancelled = false;
  const signals = (): SignalSource => ({
    get isStopping() {
      return isCancelled;
    },
    take: () => (isCancelled ? ["SIGKILL"] : []),
    close: () => {},
  });
  const talk: TalkInput | null = live.talk === undefined ? null : {
    onInput: (take) => live.talk!(take, (listener) => void listeners.push(listener)),
    onResize: () => {},
    taken: () => {},
  };
  const around: Surroundings = {
    loop, contents, stateDir: `${directory}/state`, languages: [], cpus: null, signals, isWatched: talk !== null, talk,
    usual: { run: { memory_limit: 64 * mebibyte, cpu_time_limit: 5, wall_time_limit: 20, process_limit: 16, output_limit: mebibyte }, compile: {} },
    box: (number, config) => (boxes[number] ??= new SlotBox(`${directory}/state`, () => {})).get(config),
    get isCancelled() {
      return isCancelled;
    },
    tell: (event) => {
      events.push(event);
      for (const listener of listeners) listener(event);
    },
    warn: () => {},
  };
  try {
    const outcomes = await loop.work(async () => {
      if (live.cancelAfterMs !== undefined) void loop.work(() => loop.wait([], live.cancelAfterMs!)).then(() => {
        isCancelled = true;
        loop.wakeAll();
      });
      return await runCommands({ kind: "commands", commands, pipes }, around);
    });
    return { outcomes, events, file: (number, name) => textOf(outcomes[number]!, name, contents) };
  } finally {
    for (const box of boxes) box?.remove();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function textOf({ run }: CommandOutcome, name: string, contents: MemoryContents): Promise<string | null> {
  const file = run.files[name];
  if (file === undefined || "error" in file) return null;
  const bytes = inlineBytes(file.content as Content) ?? (await contents.get(file.content));
  return bytes === null ? null : Buffer.from(bytes).toString();
}
