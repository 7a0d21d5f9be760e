/** Control groups that are made before their runs, each for one box and for the same limits as a run before. Used once, like any group. */
import { createGroupAhead, isAsIfNew, type GroupAhead } from "../cgroup/ahead.ts";
import type { MadeGroup } from "../cgroup/controller.ts";
import type { RunLimits } from "../model/run-limits.ts";
import type { Box } from "./plan/prepare.ts";

/** What a group is made for. */
export interface GroupWish {
  readonly box: Box;
  readonly limits: RunLimits;
  readonly cpus: string | null;
}

/** What a group is made for while another one is in use. */
export interface NextGroup extends GroupWish {
  /** Directories of the one in use, which stand in the journal, too. */
  readonly inUse: readonly string[];
}

/** Part of their names: one run may make several, for the compiler and for the program. */
let made = 0;

/** The oldest first. */
const ready = new Map<string, GroupAhead>();

function keyOf({ box, limits, cpus }: GroupWish): string {
  return JSON.stringify([box.home, limits, cpus]);
}

/** @returns a group as if it had just been made; it stands in the journal of the box since then. null: there is none */
export function takeGroup(wish: GroupWish): MadeGroup | null {
  const key = keyOf(wish);
  const ahead = ready.get(key);
  if (ahead === undefined) return null;
  ready.delete(key);
  if (isAsIfNew(ahead)) return ahead.made;
  discard(ahead);
  return null;
}

/**
 * Makes a group for another such run, if there is none. Only for a box that nobody else can use between two runs: whoever may use it next
 * removes the groups that its journal names.
 * @param most how many there may be
 */
export function prepareGroup(wish: NextGroup, most: number): void {
  const key = keyOf(wish);
  if (wish.box.temporary !== true || most === 0 || ready.has(key)) return;
  const ahead = createGroupAhead({ name: `${wish.box.groupName}n${++made}`, limits: wish.limits, cpus: wish.cpus, announce: (directories) => wish.box.announce([...wish.inUse, ...readyGroupsOf(wish.box), ...directories]) });
  if (ahead === null) return;
  ready.set(key, ahead);
  for (const [oldest, unused] of ready) {
    if (ready.size <= most) return;
    ready.delete(oldest);
    discard(unused);
  }
}

/** Directories that must stay in the journal of a box, whatever else is written there. */
export function readyGroupsOf({ home }: Box): string[] {
  const begin = JSON.stringify([home]).slice(0, -1);
  return [...ready].flatMap(([key, { made }]) => (key.startsWith(`${begin},`) ? made.group.directories : []));
}

/** Removes all of them. */
export function removeGroups(): void {
  for (const ahead of ready.values()) discard(ahead);
  ready.clear();
}

/** What does not go stands in the journal of its box. */
function discard({ made: { group } }: GroupAhead): void {
  try {
    group.remove();
  } catch {}
}
