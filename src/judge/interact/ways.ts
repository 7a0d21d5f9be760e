/**
 * Both ways between a process and a manager. A named pipe does not say which end is whose: a manager and a process that agree with each other
 * may use them the other way round than they are given. So the first word tells.
 */
import { Direction, type PipeEnds } from "./direction.ts";
import { closeDescriptor } from "../../kernel/files.ts";
import { endsFor, knock, makePipeFile, openWriter, PipeReader } from "./named-pipes.ts";
import type { Reading, Writing } from "./player.ts";

/** Paths of named pipes, with the names that say what they are for. */
export interface WayFiles {
  /** What the manager reads and writes. */
  readonly manager: { readonly from: string; readonly to: string };
  /** What the process reads and writes; null: its standard streams. */
  readonly process: { readonly in: string; readonly out: string } | null;
}

export interface Listeners {
  readonly heard: (from: "submission" | "interactor", bytes: Uint8Array) => void;
  readonly managerOutputEnded: () => void;
  /** What is to be waited for is not what it was. */
  readonly changed: () => void;
}

/** What goes through pipes with a name is no standard output, and time bounds it; what a manager writes is traffic. */
const noBound = 64 * 2 ** 30;

export class Ways {
  readonly #files: WayFiles;
  readonly #listeners: Listeners;
  #toManager!: Direction;
  #fromManager!: Direction;
  #managerReader!: PipeReader;
  #reader: PipeReader | null = null;
  /** Writers of the pipes that programs are to write into: who opens one to read does not wait either. None since somebody said something. */
  #spares: number[] = [];
  /** For whoever looks after them: the same objects however the pipes are used. */
  readonly writings: readonly Writing[];
  readonly readings: readonly Reading[];

  /** Makes the pipes. @throws SyscallError */
  constructor(files: WayFiles, listeners: Listeners) {
    [this.#files, this.#listeners] = [files, listeners];
    for (const file of [...Object.values(files.manager), ...Object.values(files.process ?? {})]) makePipeFile(file);
    this.#connect(files.manager, files.process);
    if (files.process !== null) this.#spares = [openWriter(files.manager.to), openWriter(files.process.out)];
    this.writings = [writing(() => this.#toManager), writing(() => this.#fromManager)];
    this.readings = [reading(() => this.#managerReader), reading(() => this.#reader), this.#watch(() => this.#toManager), this.#watch(() => this.#fromManager)];
  }

  get toManager(): Direction {
    return this.#toManager;
  }

  get fromManager(): Direction {
    return this.#fromManager;
  }

  /** The end for the manager, once more. */
  tellManager(): void {
    this.#toManager.tellEnd();
    if (this.#isUndecided) this.#knockAtOurs(this.#files.manager.to);
  }

  /** The end for the process, once more. */
  tellProcess(): void {
    this.#fromManager.tellEnd();
    if (this.#isUndecided) this.#knockAtOurs(this.#files.process!.out);
  }

  get #isUndecided(): boolean {
    return this.#files.process !== null && this.#toManager.takenBytes + this.#fromManager.takenBytes === 0;
  }

  /** The manager has ended: what it wrote is there. */
  finishManager(): void {
    this.#letSparesGo();
    this.#managerReader.finish();
  }

  /** The process is gone. */
  finishProcess(): void {
    this.#letSparesGo();
    this.#reader?.finish();
  }

  close(): void {
    this.#letSparesGo();
    this.#managerReader.abandon();
    this.#reader?.abandon();
    this.#toManager.close();
    this.#fromManager.close();
  }

  /** At a pipe that we read: a writer that comes and goes is no end of it. */
  #knockAtOurs(path: string): void {
    knock(path);
    this.#renewReaders();
  }

  #letSparesGo(): void {
    if (this.#spares.length === 0) return;
    for (const fd of this.#spares.splice(0)) closeDescriptor(fd);
    this.#renewReaders();
  }

  #renewReaders(): void {
    this.#managerReader.renew();
    this.#reader?.renew();
    this.#listeners.changed();
  }

  #connect(manager: WayFiles["manager"], process: WayFiles["process"]): void {
    const { managerOutputEnded } = this.#listeners;
    const heard: Listeners["heard"] = (from, bytes) => {
      this.#letSparesGo();
      this.#listeners.heard(from, bytes);
    };
    const bound = process === null ? undefined : noBound;
    const ends = (path: string | undefined): PipeEnds | undefined => (path === undefined ? undefined : endsFor(path));
    this.#toManager = new Direction((bytes) => heard("submission", bytes), () => {}, bound, ends(manager.from));
    this.#fromManager = new Direction((bytes) => heard("interactor", bytes), managerOutputEnded, noBound, ends(process?.in));
    this.#managerReader = new PipeReader(manager.to, this.#fromManager, true);
    this.#reader = process === null ? null : new PipeReader(process.out, this.#toManager, false);
  }

  /** Before anybody has said anything, only a program can have written into what a program is to read. */
  #watch(of: () => Direction): Reading {
    const watched = () => (this.#isUndecided ? of().untouched : null);
    return {
      get pollable() {
        return watched();
      },
      pump: (ready) => {
        const fd = watched();
        if (fd !== null && ready.includes(fd)) this.#swap();
      },
    };
  }

  #swap(): void {
    const { manager, process } = this.#files;
    const old = [this.#managerReader, this.#reader, this.#toManager, this.#fromManager];
    // The new ones are open before the old ones are closed, so that nothing of what lies in the pipes is lost.
    this.#connect({ from: manager.to, to: manager.from }, { in: process!.out, out: process!.in });
    for (const one of old) {
      if (one instanceof PipeReader) one.abandon();
      else one?.close();
    }
    this.#renewReaders();
  }
}

function writing(of: () => Direction): Writing {
  return {
    get waitsFor() {
      return of().waitsFor;
    },
    pump: () => of().pump(),
  };
}

function reading(of: () => PipeReader | null): Reading {
  return {
    get pollable() {
      return of()?.pollable ?? null;
    },
    pump: (ready) => of()?.pump(ready),
  };
}
