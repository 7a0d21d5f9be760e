/**
 * A launcher that was started before its run: with init it waits in namespaces of its own, the root of its box mounted. The run brings the
 * rest of the plan and the descriptors. It is used once, like any launcher.
 */
import { openSync } from "node:fs";
import { AT_FDCWD, AT_RECURSIVE, O, OPEN_TREE_CLONE } from "../../kernel/constants.ts";
import { executableFile } from "../../kernel/executable-file.ts";
import { call } from "../../kernel/ffi.ts";
import { closeDescriptor, makePipe, openAt } from "../../kernel/files.ts";
import { openPidfd, pollReadable } from "../../kernel/process.ts";
import { endWriting, makePacketPair, makeSocketPair, sendDescriptors } from "../../kernel/socket.ts";
import { prepareSpawn, spawnInNewPidNamespace } from "../../kernel/spawn.ts";
import { launcherImage } from "../../launcher/image.ts";
import { requestDescriptor, requestFor, waitingImage, type WaitingImage } from "../../launcher/waiting.ts";
import { statusDescriptor, type LaunchPlan, type Step } from "../../model/plan.ts";
import { buildInitPlan } from "../plan/build-plan.ts";
import type { SplitPlan } from "../plan/split-plan.ts";
import { endProcesses, RunFamily } from "./orphans.ts";
import { openOwnNamespace, StatusChannel, type Child, type RunProcesses } from "./spawn.ts";

/** Numbers under which the two processes find what they are given; constant, so that their files are the same for every run. */
const numbers = { leash: 3, [statusDescriptor]: 3, [requestDescriptor]: 4 } as const;
const firstFree = 5;

/** The run has to be launched in the usual way: nothing of it has begun. */
export class WarmLauncherGone extends Error {
  override readonly name = "WarmLauncherGone";
  /** It is because of this run, and says nothing about others. */
  readonly ofThisRun: boolean;

  constructor(message: string, ofThisRun = false) {
    super(message);
    this.ofThisRun = ofThisRun;
  }
}

/** What all launchers of one kind are started from. */
export class WarmKind {
  readonly image: WaitingImage;
  readonly #file: number;
  readonly #init: number;
  readonly #nothing: number;

  /** @param ahead the first part of the plan @throws SyscallError */
  constructor(ahead: readonly Step[]) {
    this.image = waitingImage(ahead, numbers);
    this.#file = executableFile("launcher", this.image.file);
    this.#init = executableFile("init", launcherImage(buildInitPlan(numbers.leash), {}));
    this.#nothing = openSync("/dev/null", "r+");
  }

  /** @throws SyscallError when none can be started; nothing is left then */
  start(): WarmLauncher {
    const opened: number[] = [];
    const passing: number[] = [];
    const started: number[] = [];
    const pair = ([ours, theirs]: [number, number]): [number, number] => {
      opened.push(ours);
      passing.push(theirs);
      return [ours, theirs];
    };
    const child = (pid: number): Child => {
      const pidfd = openPidfd(pid);
      opened.push(pidfd);
      return { pid, pidfd };
    };
    try {
      const [statusOurs, statusTheirs] = pair(makeSocketPair());
      const [requestOurs, requestTheirs] = pair(makePacketPair());
      const [leashTheirs, leashOurs] = makePipe();
      pair([leashOurs, leashTheirs]);
      if (Math.min(statusTheirs, requestTheirs) < firstFree) throw new WarmLauncherGone("a descriptor has a number that the launcher gives to others");
      const ownNamespace = openOwnNamespace();
      passing.push(ownNamespace);
      const given = [[this.#nothing, 0], [this.#nothing, 1], [this.#nothing, 2], [statusTheirs, numbers.status], [requestTheirs, numbers.request]] as const;
      const [init, program] = spawnInNewPidNamespace(
        ownNamespace, prepareSpawn(`/proc/self/fd/${this.#init}`, ["init"], [], [[leashTheirs, numbers.leash]]), prepareSpawn(`/proc/self/fd/${this.#file}`, ["launcher"], [], given), (pid) => void started.push(pid),
      );
      endWriting(statusOurs);
      return new WarmLauncher(this.image, child(init), child(program), { status: statusOurs, request: requestOurs, leash: leashOurs });
    } catch (error) {
      endProcesses(started.toReversed());
      passing.push(...opened);
      throw error;
    } finally {
      for (const fd of passing) closeDescriptor(fd);
    }
  }

  close(): void {
    for (const fd of [this.#file, this.#init, this.#nothing]) closeDescriptor(fd);
  }
}

export class WarmLauncher {
  readonly #image: WaitingImage;
  readonly #init: Child;
  readonly #program: Child;
  readonly #ours: { readonly status: number; readonly request: number; readonly leash: number };
  /** So that nobody takes the two for orphans. */
  readonly #family: RunFamily;

  constructor(image: WaitingImage, init: Child, program: Child, ours: { readonly status: number; readonly request: number; readonly leash: number }) {
    this.#image = image;
    this.#init = init;
    this.#program = program;
    this.#ours = ours;
    this.#family = new RunFamily(program.pid, init.pid, null);
  }

  /** False when it or init has ended, or a step of it has failed. */
  isWaiting(): boolean {
    return pollReadable([this.#program.pidfd, this.#init.pidfd, this.#ours.status], 0).ready.length === 0;
  }

  /** The whole plan as it performs it. */
  planFor({ rest }: SplitPlan): LaunchPlan {
    return { steps: [...this.#image.steps, ...rest.steps], program: rest.program };
  }

  /**
   * Makes it the run's. It is gone afterwards, whatever comes of it.
   * @param plan {@link planFor} of the same
   * @param joins files of the control groups to join
   * @throws WarmLauncherGone when the rest cannot be brought to it
   */
  begin(split: SplitPlan, plan: LaunchPlan, given: readonly [number, number, number], joins: readonly string[]): RunProcesses {
    const sent: number[] = [];
    try {
      const request = requestFor(this.#image, split.rest, numbers.status, split.sent);
      if (request === null) throw new WarmLauncherGone("the rest of the plan is too long for one message", true);
      const { path, recursive } = split.box;
      sent.push(call("open_tree", path, AT_FDCWD, path, OPEN_TREE_CLONE | O.CLOEXEC | (recursive ? AT_RECURSIVE : 0)));
      for (const file of joins) sent.push(openAt(AT_FDCWD, file, O.WRONLY));
      const result = sendDescriptors(this.#ours.request, request, [...given, ...sent]);
      if (result < 0) throw new WarmLauncherGone(`error ${-result} when the rest of the plan was sent`);
    } catch (error) {
      this.discard();
      throw error instanceof WarmLauncherGone ? error : new WarmLauncherGone(error instanceof Error ? error.message : String(error));
    } finally {
      for (const fd of sent) closeDescriptor(fd);
    }
    closeDescriptor(this.#ours.request);
    this.#family.close();
    return { init: this.#init, program: this.#program, status: new StatusChannel(this.#ours.status, plan), leash: this.#ours.leash };
  }

  /** Ends both processes. */
  discard(): void {
    endProcesses([this.#program.pid, this.#init.pid]);
    this.#family.close();
    for (const fd of [...Object.values(this.#ours), this.#program.pidfd, this.#init.pidfd]) closeDescriptor(fd);
  }
}
