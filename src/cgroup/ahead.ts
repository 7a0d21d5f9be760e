/** Groups that are made before it is known when they are needed. Only where version 1 has all that a run asks for: there a process joins late. */
import { existsSync } from "node:fs";
import type { CgroupRequest, MadeGroup, RunGroup } from "./controller.ts";
import { type CgroupMap, detectCgroups } from "./detect.ts";
import { missingIn } from "./group.ts";
import { outerLimitsOfV1 } from "./outer.ts";
import { createV1Group } from "./v1.ts";

/** A group, and what it was made from. */
export interface GroupAhead {
  readonly map: CgroupMap;
  readonly made: MadeGroup;
}

/** @returns null when version 1 does not have everything; nothing is left then. @throws what `request.announce` throws */
export function createGroupAhead(request: CgroupRequest): GroupAhead | null {
  const map = detectCgroups();
  const { group } = createV1Group(map, request);
  if (missingIn(group, request).length === 0) return { map, made: { group, problems: [] } };
  group.remove();
  return null;
}

/** Whether one that is made now would be the same: it is there, in the same place, and the groups above it allow as much. */
export function isAsIfNew({ map, made: { group } }: GroupAhead): boolean {
  return detectCgroups() === map && group.directories.every((directory) => existsSync(directory)) && sameOuter(group, map);
}

function sameOuter({ outer }: RunGroup, { v1 }: CgroupMap): boolean {
  const now = outerLimitsOfV1(v1);
  return now.memoryBytes === outer.memoryBytes && now.processes === outer.processes && now.processors === outer.processors;
}
