/** The descriptors of one command: what stands behind each of them, in the form in which a run takes it. */
import type { Reading, Writing } from "../../../judge/interact/player.ts";
import { closeDescriptor } from "../../../kernel/files.ts";
import { sealedMemoryFile } from "../../../kernel/memory-file.ts";
import { configError } from "../../../model/errors.ts";
import type { HandedDescriptor, OwnTerminal, Stdin } from "../../../model/request.ts";
import type { OutputSink } from "../../../model/waiting.ts";
import type { CommandFile, JobCommand } from "../../job.ts";
import { Collector, type Excerpt } from "./collector.ts";
import { Keyboard, type LiveInput, PipeInput } from "./live-input.ts";
import { PipeEnd } from "./reader.ts";
import { bytesOf, isGiven, openSource, type Source } from "./sources.ts";
import type { Wire } from "./wire.ts";

/** What streams tell about. */
export interface StreamEvents {
  /** More came than a collector keeps, of who is not ended for it by its run. */
  overflowed(): void;
  /** A live output. */
  shown(fd: number, bytes: Uint8Array): void;
  /** Bytes of a live input have gone. */
  taken(fd: number, bytes: number): void;
  /** There is something to do. */
  changed(): void;
}

/** What nobody listens to is forgotten; so much of it is no reason to end anybody. */
const mostForgottenBytes = 256 * 2 ** 20;
const nobody: OutputSink = { hasRoom: true, mostBytes: mostForgottenBytes, take: () => {} };

export class Streams {
  readonly collectors: readonly Collector[];
  /** Of what it wrote into pipes. */
  readonly excerpts: readonly Excerpt[];
  readonly handed: readonly HandedDescriptor[];
  readonly stdin: Stdin;
  /** null: it is handed, or goes where standard output goes. */
  readonly stdoutTo: OutputSink | null;
  readonly stderrTo: OutputSink | null;
  readonly stderrToStdout: boolean;
  readonly terminal: OwnTerminal | null;
  /** By descriptor. */
  readonly live: ReadonlyMap<number, LiveInput>;
  readonly readings: readonly Reading[];
  readonly writings: readonly Writing[];
  readonly #wires: readonly { readonly wire: Wire; readonly isWriter: boolean }[];
  readonly #events: StreamEvents;
  readonly #ends: PipeEnd[] = [];
  readonly #inputs: PipeInput[] = [];
  /** Of ours, until the program has them. */
  #ours: number[] = [];
  /** Of ours, as long as it runs. */
  readonly #kept: number[] = [];

  /**
   * @param sources by descriptor
   * @throws SyscallError, IsolateError of kind Config for what cannot be had
   */
  constructor(command: JobCommand, number: number, wires: readonly Wire[], sources: ReadonlyMap<number, Source>, events: StreamEvents) {
    this.#events = events;
    const reads = wires.filter(({ pipe }) => pipe.to.command === number);
    const writes = wires.filter(({ pipe }) => pipe.from.command === number);
    this.#wires = [...reads.map((wire) => ({ wire, isWriter: false })), ...writes.map((wire) => ({ wire, isWriter: true }))];
    const collectors = new Map<string, Collector>();
    const sinks = new Map<number, OutputSink>();
    const handed: HandedDescriptor[] = [];
    const live = new Map<number, LiveInput>();
    try {
      this.terminal = command.tty ? this.#makeTerminal(command.files, sources, collectors, live) : null;
      const isTerminals = (fd: number) => this.terminal?.streams[fd] ?? false;
      let stdin: Stdin = { kind: "empty" };
      const give = (fd: number, descriptor: number) => {
        if (fd === 0) stdin = { kind: "descriptor", fd: descriptor };
        else handed.push({ fd: descriptor, as: fd });
      };
      for (const [fd, file] of command.files.entries()) {
        if (file === null || isTerminals(fd)) continue;
        if (isGiven(file)) {
          if (fd === 0) stdin = this.#stdinFrom(sources.get(fd)!);
          else give(fd, this.#owned(sealedMemoryFile(`file ${fd}`, bytesOf(sources.get(fd)!))));
        } else if (file.kind === "stream-in") {
          const input = new PipeInput((bytes) => events.taken(fd, bytes));
          this.#inputs.push(input);
          live.set(fd, input);
          give(fd, this.#owned(input.readEnd));
        } else sinks.set(fd, this.#sinkFor(fd, file, collectors));
      }
      for (const wire of reads) give(wire.pipe.to.fd, wire.readEnd);
      for (const { pipe: { from: { fd } }, target } of writes) {
        if ("sink" in target) sinks.set(fd, target.sink);
        else if (fd === 0) throw configError("cannot write to descriptor 0 through a pipe: it is the input of a program", "use another descriptor");
        else give(fd, target.fd);
      }
      if (sinks.has(0)) throw configError("cannot collect what is written to descriptor 0: it is the input of a program", "use another descriptor");
      const shared = sinks.get(2) !== undefined && sinks.get(1) === sinks.get(2) && [...sinks].every(([fd, sink]) => fd < 3 || sink !== sinks.get(1));
      const isPlain = (fd: number) => shared || [...sinks].filter(([, sink]) => sink === sinks.get(fd)).length === 1;
      const isHanded = (fd: number) => handed.some(({ as }) => as === fd);
      const ends = new Map<OutputSink, PipeEnd>();
      for (const [fd, sink] of sinks) {
        if (fd < 3 && isPlain(fd)) continue;
        const end = ends.get(sink) ?? new PipeEnd(sink);
        if (!ends.has(sink)) {
          this.#ends.push(end);
          this.#owned(end.writeEnd);
        }
        ends.set(sink, end);
        handed.push({ fd: end.writeEnd, as: fd });
      }
      this.stdin = stdin;
      this.stdoutTo = isHanded(1) ? null : (sinks.get(1) ?? nobody);
      this.stderrToStdout = shared;
      this.stderrTo = shared || isHanded(2) ? null : (sinks.get(2) ?? nobody);
      this.collectors = [...collectors.values()];
      this.excerpts = writes.map(({ excerpt }) => excerpt).filter((excerpt) => excerpt !== null);
      this.handed = handed;
      this.live = live;
      this.readings = this.#ends;
      this.writings = [...this.#inputs, ...this.#wires.map(({ wire }) => wire.writing).filter((writing) => writing !== null)];
    } catch (error) {
      this.finish();
      throw error;
    }
  }

  /** The program runs, and has what it was given; or it never will. */
  started(): void {
    for (const fd of this.#ours.splice(0)) closeDescriptor(fd);
    for (const { wire, isWriter } of this.#wires) if (isWriter) wire.writerHasIt();
    for (const { wire, isWriter } of this.#wires) if (!isWriter) wire.readerHasIt();
  }

  /** Nothing of it runs any more. */
  finish(): void {
    this.started();
    for (const end of this.#ends) end.finish();
    for (const input of this.#inputs) input.close();
    for (const { wire, isWriter } of this.#wires) {
      if (isWriter) wire.writerEnded();
      else wire.readerEnded();
    }
    for (const fd of this.#kept.splice(0)) closeDescriptor(fd);
    this.#events.changed();
  }

  #owned(fd: number): number {
    this.#ours.push(fd);
    return fd;
  }

  #stdinFrom(source: Source): Stdin {
    if ("bytes" in source) return source.bytes.length === 0 ? { kind: "empty" } : { kind: "bytes", bytes: source.bytes };
    const fd = openSource(source);
    this.#kept.push(fd);
    return { kind: "descriptor", fd };
  }

  /** Descriptors with the same name of a collector have the same one. */
  #sinkFor(fd: number, file: Extract<CommandFile, { kind: "collector" | "stream-out" }>, collectors: Map<string, Collector>): OutputSink {
    if (file.kind === "stream-out") return { hasRoom: true, isAwaited: true, mostBytes: mostForgottenBytes, take: (bytes) => this.#events.shown(fd, bytes) };
    const known = collectors.get(file.name) ?? new Collector(file.name, file.most, this.#events.overflowed);
    collectors.set(file.name, known);
    return known;
  }

  /** One for all of 0, 1 and 2 that are not pipes. What it shows goes to the first that takes it. */
  #makeTerminal(files: JobCommand["files"], sources: ReadonlyMap<number, Source>, collectors: Map<string, Collector>, live: Map<number, LiveInput>): OwnTerminal | null {
    const streams = [0, 1, 2].map((fd) => (files[fd] ?? null) !== null) as unknown as OwnTerminal["streams"];
    if (!streams.includes(true)) return null;
    const keyboard = new Keyboard((bytes) => {
      for (const fd of live.keys()) this.#events.taken(fd, bytes);
    }, () => this.#events.changed());
    let shown: OutputSink = nobody;
    for (const [fd, file] of files.slice(0, 3).entries()) {
      if (file === null) continue;
      if (isGiven(file)) {
        keyboard.add(bytesOf(sources.get(fd)!));
        keyboard.add(null);
      } else if (file.kind === "stream-in") {
        // Bytes that are typed count once, for whom they came.
        if (live.size > 0) throw configError("cannot have two live inputs at one terminal", "give one of the descriptors something else");
        live.set(fd, keyboard);
      } else if (shown === nobody) shown = this.#sinkFor(fd, file, collectors);
    }
    return { streams, typed: keyboard, shown };
  }
}
