/**
 * How much a jury's program has written while it runs. The limit on the disk of a box is looked at when a run is over, and a checker may write
 * for a minute; so its directory is looked at every few milliseconds, and it is killed when it has written too much.
 */
import type { RunLoop } from "../../executor/watch/run-loop.ts";
import { AT_FDCWD, O, S } from "../../kernel/constants.ts";
import { readDirectory } from "../../kernel/directory.ts";
import { errnoOf } from "../../kernel/errno.ts";
import { closeDescriptor, openAt, openBeneath, statEntry } from "../../kernel/files.ts";
import type { RunSignal, SignalSource } from "../../model/waiting.ts";
import { feedbackName } from "./feedback.ts";

/** Between two looks. Most checkers have ended before the first. */
const pauseMs = 20;
const mostDepth = 64;

export interface Room {
  /** In the feedback directory. */
  readonly feedbackBytes: number;
  readonly feedbackFiles: number;
  /** In the whole working directory, the program itself counted. */
  readonly bytes: number;
  readonly files: number;
}

/** What is wrong, in words; null: nothing. */
export function overflow(workdir: string, room: Room): string | null {
  const used = { bytes: 0, files: 0, feedbackBytes: 0, feedbackFiles: 0 };
  let isDeep = false;
  const isOver = () => isDeep || used.feedbackBytes > room.feedbackBytes || used.feedbackFiles > room.feedbackFiles || used.bytes > room.bytes || used.files > room.files;
  const walk = (directory: number, depth: number, isFeedback: boolean): void => {
    if (depth > mostDepth) isDeep = true;
    for (const { name } of readDirectory(directory)) {
      if (isOver()) return;
      const stat = statEntry(directory, name);
      if (stat === null) continue;
      used.files++;
      used.bytes += stat.allocatedBytes;
      if (isFeedback) [used.feedbackFiles, used.feedbackBytes] = [used.feedbackFiles + 1, used.feedbackBytes + stat.allocatedBytes];
      if ((stat.mode & S.IFMT) !== S.IFDIR) continue;
      const child = opened(() => openBeneath(directory, name, O.RDONLY | O.DIRECTORY | O.NOFOLLOW));
      if (child === null) continue;
      try {
        walk(child, depth + 1, isFeedback || (depth === 0 && Buffer.from(name).toString() === feedbackName));
      } finally {
        closeDescriptor(child);
      }
    }
  };
  const top = opened(() => openAt(AT_FDCWD, workdir, O.RDONLY | O.DIRECTORY | O.NOFOLLOW));
  if (top === null) return null;
  try {
    walk(top, 0, false);
  } finally {
    closeDescriptor(top);
  }
  const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;
  if (isDeep) return `it made more than ${mostDepth} directories in each other`;
  if (used.feedbackBytes > room.feedbackBytes) return `it wrote more than ${megabytes(room.feedbackBytes)} into its feedback directory`;
  if (used.feedbackFiles > room.feedbackFiles) return `it made more than ${room.feedbackFiles} files in its feedback directory`;
  if (used.bytes > room.bytes) return `it wrote more than ${megabytes(room.bytes)} into its working directory`;
  return used.files > room.files ? `it made more than ${room.files} files in its working directory` : null;
}

/** The program may change things under our hands: what cannot be opened any more is looked at the next time. */
function opened(open: () => number): number | null {
  try {
    return open();
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    return null;
  }
}

/** While the program works there: a directory that is gone in the middle of a look is looked at the next time, and after the run in any case. */
function overflowNow(workdir: string, room: Room): string | null {
  try {
    return overflow(workdir, room);
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    return null;
  }
}

/** Looks again and again, until it is told to end. */
export class RoomWatch {
  #problem: string | null = null;
  #isOver = false;
  readonly #source: SignalSource | null;

  /** @param source other signals for the run; null: none */
  constructor(workdir: string, room: Room, loop: RunLoop | null, source: SignalSource | null) {
    this.#source = source;
    void this.#look(workdir, room, loop);
  }

  /** Why the program was killed; null: it was not. */
  get problem(): string | null {
    return this.#problem;
  }

  /** For the run. */
  get signals(): SignalSource {
    const killed: readonly RunSignal[] = ["SIGKILL"];
    const isStopping = () => this.#problem !== null || (this.#source?.isStopping ?? false);
    return {
      get isStopping() {
        return isStopping();
      },
      take: () => [...(this.#source?.take() ?? []), ...(this.#problem === null ? [] : killed)],
      close: () => this.#source?.close(),
    };
  }

  end(): void {
    this.#isOver = true;
  }

  async #look(workdir: string, room: Room, loop: RunLoop | null): Promise<void> {
    for (;;) {
      if (loop === null) await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
      else await loop.work(() => loop.wait([], pauseMs));
      if (this.#isOver) return;
      this.#problem = overflowNow(workdir, room);
      if (this.#problem === null) continue;
      loop?.wakeAll();
      return;
    }
  }
}
