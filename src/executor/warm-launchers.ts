/**
 * The launchers that wait for their runs. Each is of one kind: everything that its first steps depended on, which is the key of the plan
 * (plan/split-plan.ts). A run takes one of its own kind or none.
 */
export { readyGroupsOf, takeGroup } from "./warm-groups.ts";
import { inFirstUserNamespace } from "../kernel/caller.ts";
import { messageOf } from "../model/errors.ts";
import { MountsWatch } from "./mounts-watch.ts";
import type { SplitPlan } from "./plan/split-plan.ts";
import { splitPlan } from "./plan/split-plan.ts";
import type { LaunchSpec } from "./plan/spec.ts";
import { type NextGroup, prepareGroup, removeGroups } from "./warm-groups.ts";
import { WarmKind, type WarmLauncher } from "./watch/warm-launcher.ts";

type Trace = ((line: string) => void) | null;

interface Waiting {
  readonly key: string;
  /** What its root shows of the host, and what was mounted there when it was started. */
  readonly sources: readonly string[];
  readonly mounts: string;
  readonly launcher: WarmLauncher;
}

/** The longest waiting first. */
let waiting: Waiting[] = [];

/**
 * How many runs in a row found none of their kind. Those of another kind make room only after some: where two kinds take turns, each would
 * end what the other is about to take.
 */
let missed = 0;
const mostMissed = 2;

/** By key, the last used last. Each keeps three descriptors. */
const kinds = new Map<string, WarmKind>();
const mostKinds = 16;

/** null until it is needed. */
let host: MountsWatch | null = null;

/** What fails again and again would make each run slower: a host may refuse what only these launchers do. */
const mostFailures = 3;
const pauseMs = 10_000;
let failures = 0;
let pausedUntilMs = 0;

/** Told how it went, whenever something was tried. */
export function worked(well: boolean): void {
  failures = well ? 0 : failures + 1;
  if (failures < mostFailures) return;
  failures = 0;
  pausedUntilMs = performance.now() + pauseMs;
}

/**
 * The plan in two parts, when launchers can wait for runs like this one.
 * @param bornInGroup a launcher must be born in the control group of its run, which is not there yet
 */
export function splitFor(spec: LaunchSpec, bornInGroup: boolean): SplitPlan | null {
  return bornInGroup || !inFirstUserNamespace() || performance.now() < pausedUntilMs ? null : splitPlan(spec);
}

/** A launcher that waits for such a run; nobody else gets it. @returns null when there is none */
export function takeWarm({ key }: SplitPlan, trace: Trace): WarmLauncher | null {
  if (waiting.length > 0 && host!.look()) endOutdated(trace);
  for (;;) {
    const index = waiting.findIndex((one) => one.key === key);
    if (index < 0) {
      if (waiting.length > 0) missed++;
      return null;
    }
    const [{ launcher }] = waiting.splice(index, 1) as [Waiting];
    if (launcher.isWaiting()) {
      missed = 0;
      return launcher;
    }
    trace?.("a launcher that waited is gone");
    launcher.discard();
  }
}

/**
 * Starts a launcher for another run like this one. That it cannot be done is no fault: the next run is launched in the usual way.
 * @param wish for the control group of that run; null: none is made
 * @param most how many may wait, of all kinds
 * @param follows this run took one: such runs follow each other. Then a second one waits where there is room, so that a run does not find one
 *   that is still busy with its first steps
 */
export function prepareNext(split: SplitPlan, wish: NextGroup | null, most: number, follows: boolean, trace: Trace): void {
  if (most === 0) return;
  startNext(split, most, trace);
  if (follows && waiting.length < most && waiting.filter(({ key }) => key === split.key).length === 1) startNext(split, most, trace);
  try {
    // One for the compiler's step as well.
    if (wish !== null) prepareGroup(wish, 2 * most);
  } catch (error) {
    trace?.(`no control group can be made for the next run: ${messageOf(error)}`);
  }
}

function startNext(split: SplitPlan, most: number, trace: Trace): void {
  if (waiting.length >= most && (waiting.some(({ key }) => key === split.key) || missed < mostMissed)) return;
  try {
    host ??= new MountsWatch();
    if (host.look()) endOutdated(trace);
    keepAtMost(most - 1);
    const mounts = host.around(split.sources);
    waiting.push({ key: split.key, sources: split.sources, mounts, launcher: kindOf(split).start() });
    trace?.("a launcher waits for the next run");
  } catch (error) {
    worked(false);
    trace?.(`no launcher can be started for the next run: ${messageOf(error)}`);
  }
}

function kindOf({ key, ahead }: SplitPlan): WarmKind {
  const kind = kinds.get(key) ?? new WarmKind(ahead());
  kinds.delete(key);
  kinds.set(key, kind);
  for (const [oldest, unused] of kinds) {
    if (kinds.size <= mostKinds) break;
    unused.close();
    kinds.delete(oldest);
  }
  return kind;
}

/** What was mounted since then is missing in their roots, and what was unmounted is there. */
function endOutdated(trace: Trace): void {
  const outdated = waiting.filter(({ sources, mounts }) => host!.around(sources) !== mounts);
  if (outdated.length === 0) return;
  trace?.("something that boxes show was mounted or unmounted: launchers that waited are ended");
  waiting = waiting.filter((one) => !outdated.includes(one));
  for (const { launcher } of outdated) launcher.discard();
}

/** Ends those that have waited longest. */
export function keepAtMost(count: number): void {
  const ended = waiting.slice(0, Math.max(0, waiting.length - count));
  waiting = waiting.slice(ended.length);
  for (const { launcher } of ended) launcher.discard();
}

/** Ends all of them, and leaves nothing open. */
export function endAll(): void {
  keepAtMost(0);
  removeGroups();
  failures = pausedUntilMs = missed = 0;
  for (const kind of kinds.values()) kind.close();
  kinds.clear();
  host?.close();
  host = null;
}
