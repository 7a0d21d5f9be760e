/** Commands that run at the same time, each in its box, with pipes between them. */
import { Player } from "../../judge/interact/player.ts";
import { IsolateError, messageOf } from "../../model/errors.ts";
import type { CommandsWork, JobCommand } from "../job.ts";
import type { CommandOutcome, FileOutcome } from "../outcome.ts";
import { CopyInFault, copyIn, type Placed } from "./commands/copy-in.ts";
import { copyOut, type FileError } from "./commands/copy-out.ts";
import { cancelled, notRun, outcomeOf, overflowed } from "./commands/outcome.ts";
import { configOf, optionsOf } from "./commands/settings.ts";
import { isGiven, sourceOf, type Source } from "./commands/sources.ts";
import { Streams } from "./commands/streams.ts";
import { Wire } from "./commands/wire.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Runs them to their ends. A command that fails does not end the others: it is gone from the other end of their pipes, as it would be anywhere.
 * @returns what came of each, in their order
 * @throws IsolateError, SyscallError for faults of the host, when all have ended
 */
export async function runCommands(work: CommandsWork, around: Surroundings): Promise<readonly CommandOutcome[]> {
  return await new CommandGroup(work, around).run();
}

class CommandGroup {
  readonly #work: CommandsWork;
  readonly #around: Surroundings;
  readonly #commands: Command[] = [];
  #wires: readonly Wire[] = [];

  constructor(work: CommandsWork, around: Surroundings) {
    [this.#work, this.#around] = [work, around];
  }

  async run(): Promise<readonly CommandOutcome[]> {
    const { commands, pipes } = this.#work;
    const { loop, talk } = this.#around;
    const given = await Promise.all(commands.map((command) => sourcesOf(command, this.#around)));
    try {
      this.#wires = pipes.map((pipe) => new Wire(pipe, () => this.#wakeAll()));
      for (const [number, command] of commands.entries()) this.#commands.push(new Command(command, number, given[number]!, this.#wires, this.#around, () => this.#wakeAll()));
      talk?.onInput(({ command, fd }, bytes) => this.#commands[command]?.type(fd, bytes));
      talk?.onResize(({ command, fd }, rows, columns) => this.#commands[command]?.resize(fd, rows, columns));
      const ends = await loop.forOthers(Promise.allSettled(this.#commands.map((command) => loop.work(() => command.run()))));
      return ends.map((end) => {
        if (end.status === "rejected") throw end.reason;
        return end.value;
      });
    } finally {
      for (const command of this.#commands) command.close();
      for (const wire of this.#wires) wire.close();
    }
  }

  #wakeAll(): void {
    for (const command of this.#commands) command.wake();
  }
}

/** What a command is given, where it can be opened. */
interface Sources {
  /** By descriptor. */
  readonly files: ReadonlyMap<number, Source>;
  readonly placed: readonly Placed[];
}

async function sourcesOf(command: JobCommand, { contents }: Surroundings): Promise<Sources> {
  const files = new Map<number, Source>();
  for (const [fd, file] of command.files.entries()) if (file !== null && isGiven(file)) files.set(fd, await sourceOf(file, contents));
  const placed: Placed[] = [];
  for (const [name, file] of Object.entries(command.copyIn)) {
    if (file.kind === "symlink") placed.push({ name, link: file.to });
    else if (isGiven(file)) placed.push({ name, source: await sourceOf(file, contents) });
  }
  return { files, placed };
}

class Command {
  readonly #command: JobCommand;
  readonly #number: number;
  readonly #placed: readonly Placed[];
  readonly #around: Surroundings;
  readonly #changed: () => void;
  /** null: what it is to have cannot be had. */
  #streams: Streams | null = null;
  #problem: string | null = null;
  #player: Player | null = null;
  #isOverflowed = false;
  #began = false;
  #procPeak: number | null = null;

  constructor(command: JobCommand, number: number, { files, placed }: Sources, wires: readonly Wire[], around: Surroundings, changed: () => void) {
    [this.#command, this.#number, this.#placed, this.#around, this.#changed] = [command, number, placed, around, changed];
    try {
      this.#streams = new Streams(command, number, wires, files, {
        overflowed: () => this.#overflow(),
        shown: (fd, bytes) => around.tell({ kind: "output", test: number, stream: fd, base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64") }),
        taken: (fd, bytes) => around.talk?.taken({ command: number, fd }, bytes),
        changed,
      });
    } catch (error) {
      this.#problem = problemOf(error);
      for (const wire of wires) this.#leave(wire);
    }
  }

  async run(): Promise<CommandOutcome> {
    if (this.#streams === null) return { run: notRun(this.#problem!), began: false, fileErrors: [], procPeak: null };
    try {
      return await this.#run(this.#streams);
    } finally {
      this.close();
    }
  }

  /** Something came for one of its live inputs. */
  type(fd: number, bytes: Uint8Array | null): void {
    const input = this.#streams?.live.get(fd);
    if (input === undefined) {
      if (bytes !== null) this.#around.talk?.taken({ command: this.#number, fd }, bytes.length);
      return;
    }
    input.add(bytes);
    this.wake();
  }

  resize(fd: number, rows: number, columns: number): void {
    this.#streams?.live.get(fd)?.resize(rows, columns);
  }

  wake(): void {
    if (this.#player?.isOver === false) this.#player.wake();
  }

  close(): void {
    this.#streams?.finish();
    if (this.#player?.isOver === false) this.#player.over();
  }

  async #run(streams: Streams): Promise<CommandOutcome> {
    const { loop, box: boxFor, usual, cpus, warn, signals } = this.#around;
    const player = (this.#player = new Player(loop, streams.writings, signals(), streams.readings));
    const box = boxFor(this.#number, configOf(this.#command, usual.run));
    const moments = {
      started: () => {
        this.#began = true;
        streams.started();
      },
    };
    const { stdin, waiter, signals: ownSignals, moments: heard } = player.given(streams.stdin, streams.stdoutTo ?? silent, moments);
    try {
      const result = await box.run(this.#command.args, stdin, {
        ...optionsOf(this.#command, cpus),
        stdoutTo: streams.stdoutTo,
        stderrTo: streams.stderrTo,
        stderrToStdout: streams.stderrToStdout,
        handed: streams.handed,
        ownTerminal: streams.terminal,
        waiter: waiter ?? null,
        signals: ownSignals ?? null,
        moments: { ...heard, counted: (processesPeak) => void (this.#procPeak = processesPeak) },
        visit: { before: (place) => copyIn(place, this.#placed) },
        warn,
      });
      streams.finish();
      const { files, errors } = await this.#take(box.workdir, streams);
      const run = outcomeOf(result, files);
      const isEnded = run.status === "InternalError" && (this.#around.isCancelled || this.#isOverflowed);
      const said = !isEnded ? run : this.#isOverflowed ? overflowed(run) : cancelled(run);
      return { run: said, began: this.#began, fileErrors: errors, procPeak: this.#procPeak };
    } catch (error) {
      if (error instanceof CopyInFault) return { run: notRun(error.message), began: false, fileErrors: error.errors, procPeak: null };
      return { run: notRun(problemOf(error)), began: false, fileErrors: [], procPeak: null };
    }
  }

  async #take(workdir: string, streams: Streams): Promise<{ readonly files: Readonly<Record<string, FileOutcome>>; readonly errors: readonly FileError[] }> {
    const { contents } = this.#around;
    const collected = [...streams.collectors, ...streams.excerpts];
    const isCollected = (name: string) => collected.some((one) => one.name === name || `${one.name}?` === name);
    const { copyOut: names, copyOutCached: cached } = this.#command;
    const copied = await copyOut(workdir, [...names, ...cached].filter((name) => !isCollected(name)), this.#command, contents);
    const errors = [...copied.errors];
    for (const one of collected) {
      const { bytes, isOver, name } = one;
      copied.files[name] = { content: await contents.put(bytes), bytes: bytes.length, truncated: isOver };
      if (isOver && one.isBound) errors.push({ name, type: "CollectSizeExceeded", message: `more was written to ${JSON.stringify(name)} than was to be kept` });
    }
    return { files: copied.files, errors };
  }

  #overflow(): void {
    this.#isOverflowed = true;
    this.#player?.stop();
  }

  /** It will neither read nor write. */
  #leave(wire: Wire): void {
    if (wire.pipe.from.command === this.#number) wire.writerEnded();
    if (wire.pipe.to.command === this.#number) wire.readerEnded();
    this.#changed();
  }
}

/** Never written to: it stands where a run has no sink. */
const silent = { hasRoom: true, take: () => {} };

/** What the caller could have avoided; anything else is a fault of the host. */
function problemOf(error: unknown): string {
  if (error instanceof IsolateError && error.kind === "Config") return messageOf(error);
  throw error;
}
