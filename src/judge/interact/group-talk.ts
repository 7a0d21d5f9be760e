/**
 * Several processes of a submission and a manager at the same time, each in its box, as tasks of the type Communication have it. Each process
 * has a way to the manager and one back. The manager finds its ends as named pipes; a process as named pipes, or as its standard streams.
 *
 * Ends of output are handed on as in a talk of two: the manager's at once, those of a process when it is gone. A process that fails ends the
 * whole: then what the manager says does not count. A manager that fails ends it as well.
 */
import type { RunLoop } from "../../executor/watch/run-loop.ts";
import type { SignalSource } from "../../model/waiting.ts";
import type { ExecutionResult } from "../../model/result.ts";
import type { Said } from "../records.ts";
import type { Direction } from "./direction.ts";
import type { GroupFacts } from "./group-record.ts";
import { Player, type Given, type Start } from "./player.ts";
import { Transcripts } from "./transcript.ts";
import { Ways } from "./ways.ts";
import { Work } from "./work.ts";

/** Names of pipes in the directories that are shown. */
export const pipeNames = {
  /** In the manager's, by the number of the process. */
  from: (process: number) => `from${process}`,
  to: (process: number) => `to${process}`,
  /** In that of a process. */
  in: "in",
  out: "out",
} as const;

export interface GroupTalkOptions {
  /** One for each process. */
  readonly processes: readonly Start[];
  readonly manager: Start;
  /** Directories for the pipes, which are empty and shown to the manager, and to each process where it has no standard streams. */
  readonly managerPipes: string;
  readonly processPipes: readonly string[] | null;
  readonly loop: RunLoop | null;
  readonly signals?: () => SignalSource | null;
}

export interface GroupTalk extends GroupFacts {
  readonly processes: readonly ExecutionResult[];
  readonly manager: ExecutionResult;
  readonly transcript: readonly Said[];
  readonly outputBytes: number;
}

/** Runs all to their ends. @throws what a start throws, when all have ended; SyscallError when there can be no pipes */
export async function groupTalk(options: GroupTalkOptions): Promise<GroupTalk> {
  return await new Group(options).run();
}

interface Member {
  readonly number: number;
  readonly player: Player;
  readonly ways: Ways;
  readonly hasStreams: boolean;
}

/** Between two times that somebody is told of an end who may not have opened the pipe yet, at first and later. */
const lookAgainMs = 1;
const longestPauseMs = 10;

class Group {
  readonly #options: GroupTalkOptions;
  readonly #work: Work;
  readonly #transcript = new Transcripts();
  readonly #members: readonly Member[];
  readonly #manager: Player;
  #failedFirst: GroupFacts["failedFirst"] = null;
  #isManagerWell = false;

  constructor(options: GroupTalkOptions) {
    this.#options = options;
    this.#work = new Work(options.loop);
    this.#members = options.processes.map((_, number) => this.#join(number));
    const all = this.#members.map(({ ways }) => ways);
    this.#manager = new Player(options.loop, all.flatMap(({ writings }) => writings), options.signals?.() ?? null, all.flatMap(({ readings }) => readings));
  }

  async run(): Promise<GroupTalk> {
    try {
      const work = [...this.#members.map((member) => this.#work.busy(() => this.#runProcess(member))), this.#work.busy(() => this.#runManager())];
      const results = (await this.#work.forOthers(Promise.allSettled(work))).map((result) => {
        if (result.status === "rejected") throw result.reason;
        return result.value;
      });
      return {
        processes: results.slice(0, -1),
        manager: results.at(-1)!,
        failedFirst: this.#failedFirst,
        isManagerWell: this.#isManagerWell,
        areStopped: this.#members.map(({ player }) => player.isStopped && player.end === null && player.killedFor === null),
        transcript: this.#transcript.said(this.#failedFirst === null && this.#isManagerWell),
        outputBytes: this.#members.reduce((sum, { ways }) => sum + ways.toManager.takenBytes, 0),
      };
    } finally {
      for (const { ways } of this.#members) ways.close();
    }
  }

  #join(number: number): Member {
    const { managerPipes, processPipes, loop, signals } = this.#options;
    const [from, to] = [`${managerPipes}/${pipeNames.from(number)}`, `${managerPipes}/${pipeNames.to(number)}`];
    const own = processPipes?.[number] ?? null;
    const ways = new Ways(
      { manager: { from, to }, process: own === null ? null : { in: `${own}/${pipeNames.in}`, out: `${own}/${pipeNames.out}` } },
      { heard: (who, bytes) => this.#transcript.add(who, bytes, number), managerOutputEnded: () => this.#managerOutputEnded(number), changed: () => [this.#manager, player].forEach((one) => one.wake()) },
    );
    const player: Player = new Player(loop, ways.writings, signals?.() ?? null, ways.readings);
    return { number, player, ways, hasStreams: own === null };
  }

  async #runProcess(member: Member): Promise<ExecutionResult> {
    const { number, player, ways, hasStreams } = member;
    const stdin: Given["stdin"] = hasStreams ? { kind: "descriptor", fd: ways.fromManager.readEnd } : { kind: "empty" };
    // What it prints where nobody listens is forgotten, and its output limit holds all the same.
    const stdout = hasStreams ? ways.toManager : { hasRoom: true, take: () => {} };
    const dropAndWake = () => {
      ways.fromManager.drop();
      this.#manager.wake();
    };
    try {
      const result = await this.#options.processes[number]!(player.given(stdin, stdout, { ended: dropAndWake, killed: dropAndWake }));
      ways.finishProcess();
      player.over();
      dropAndWake();
      if (result.status !== "Success" || player.end === null) this.#processFailed(number);
      else void this.#tellEnd(ways.toManager, () => ways.tellManager(), this.#manager);
      return result;
    } catch (error) {
      this.#stopAll();
      throw error;
    } finally {
      if (!player.isOver) player.over();
    }
  }

  async #runManager(): Promise<ExecutionResult> {
    const given = this.#manager.given({ kind: "empty" }, { hasRoom: true, take: () => {} }, {
      ended: (exitCode) => this.#managerEnded(exitCode === 0),
      killed: () => this.#managerEnded(false),
    });
    try {
      return await this.#options.manager(given);
    } finally {
      this.#manager.over();
      // It never ran, or was ended for a process that failed.
      if (!this.#isManagerWell) this.#managerEnded(false);
    }
  }

  /** The reader may still have to open its pipe. */
  async #tellEnd(way: Direction, again: () => void, reader: Player): Promise<void> {
    way.end();
    reader.wake();
    if (!way.isEndRepeated) return;
    // Who cannot wait any more says so in each run as well.
    await tolerant(this.#work.busy(async () => {
      for (let pauseMs = lookAgainMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
        await this.#work.pause(pauseMs);
        if (reader.isGone) return;
        again();
      }
    }));
  }

  #processFailed(number: number): void {
    if (this.#manager.hasEnded || this.#failedFirst !== null) return;
    this.#failedFirst = number;
    this.#stopAll();
  }

  #managerEnded(isWell: boolean): void {
    this.#isManagerWell = isWell;
    for (const { ways, player } of this.#members) {
      ways.toManager.drop();
      if (isWell) ways.finishManager();
      player.wake();
    }
    if (isWell) return;
    if (!this.#manager.isStopped) this.#failedFirst ??= "manager";
    this.#stopAll();
  }

  /** An end of output that is part of its end counts as that. */
  #managerOutputEnded(number: number): void {
    const member = this.#members[number];
    if (member === undefined) return;
    if (this.#isManagerWell || (!this.#manager.isGone && this.#manager.box?.isLeaving() === false)) void this.#tellEnd(member.ways.fromManager, () => member.ways.tellProcess(), member.player);
    else member.player.wake();
  }

  #stopAll(): void {
    for (const { player } of this.#members) if (!player.isGone) player.stop();
    if (!this.#manager.hasEnded) this.#manager.stop();
  }
}

async function tolerant(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch {
    // It is told by others.
  }
}
