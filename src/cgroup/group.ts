/** The group of a run, by whichever version has what it needs: version 1 where its controllers are mounted, version 2 for the rest. */
import type { Birthplace, CgroupMechanism, CgroupRequest, CgroupResource, MadeGroup, OuterLimits, RunGroup } from "./controller.ts";
import type { Way } from "./bus.ts";
import { detectCgroups } from "./detect.ts";
import { tightestOf } from "./outer.ts";
import type { MemoryLook } from "./memory-files.ts";
import { createV1Group } from "./v1.ts";
import type { NoPlace, V2Place } from "./v2-place.ts";

/** What every run asks for. */
const always: readonly CgroupResource[] = ["memory", "processes", "cpu_time", "cpu"];

let choice: Promise<V2Place | NoPlace> | null = null;

/**
 * Makes the group of one run. What cannot be had is in `problems`; nothing else is left behind.
 * @param configured directory of version 2 to make groups in where version 1 does not do, or null: we look for one
 * @param ways to the user's service manager; asked for only where an ordinary user has no group
 */
export async function createGroup(request: CgroupRequest, configured: string | null, ways: () => readonly Way[]): Promise<MadeGroup> {
  const map = detectCgroups();
  const first = createV1Group(map, request);
  const missing = missingIn(first.group, request);
  if (missing.length === 0) return { group: first.group, problems: [] };
  // Loaded on hosts that need it alone.
  const [{ choosePlace }, { createV2Group }] = await Promise.all([import("./place.ts"), import("./v2.ts")]);
  const place = await (choice ??= choosePlace(configured, map, ways));
  if ("reason" in place) {
    const { reason, hint } = place;
    return { group: first.group, problems: missing.map((resource) => first.problems.find((problem) => problem.resource === resource && map.v1.size > 0) ?? { resource, reason, hint }) };
  }
  const second = createV2Group(place, request, new Set(missing));
  if (second.group === null) return { group: first.group, problems: second.problems };
  return { group: first.group.resources.size === 0 ? second.group : new MixedGroup(first.group, second.group), problems: second.problems };
}

/** What a run asks for and a group does not have. */
export function missingIn({ resources }: RunGroup, { cpus, only }: CgroupRequest): CgroupResource[] {
  return [...(only ?? always), ...(cpus === null ? [] : ["cpus" as const])].filter((resource) => !resources.has(resource));
}

/** A hybrid host: some controllers are of version 1, the others of version 2. */
class MixedGroup implements RunGroup {
  readonly resources: ReadonlySet<CgroupResource>;
  readonly joinFiles: readonly string[];
  readonly birthplace: Birthplace | null;
  readonly directories: readonly string[];
  readonly alarms: readonly number[];
  readonly samplesPeak: boolean;
  readonly outer: OuterLimits;
  readonly #parts: readonly [RunGroup, RunGroup];

  constructor(first: RunGroup, second: RunGroup) {
    this.#parts = [first, second];
    this.resources = new Set([...first.resources, ...second.resources]);
    this.joinFiles = [...first.joinFiles, ...second.joinFiles];
    this.birthplace = second.birthplace;
    this.directories = [...first.directories, ...second.directories];
    this.alarms = second.alarms;
    this.samplesPeak = second.samplesPeak;
    this.outer = tightestOf(first.outer, second.outer);
  }

  #of(resource: CgroupResource): RunGroup {
    return this.#parts.find((part) => part.resources.has(resource)) ?? this.#parts[0];
  }

  mechanismOf(resource: CgroupResource): CgroupMechanism | null {
    return this.#of(resource).mechanismOf(resource);
  }

  cpuTimeMs(): number | null {
    return this.#of("cpu_time").cpuTimeMs();
  }

  memoryPeakBytes(): number | null {
    return this.#of("memory").memoryPeakBytes();
  }

  lookAtMemory(ended: boolean): MemoryLook | null {
    return this.#of("memory").lookAtMemory(ended);
  }

  oomKills(): number {
    return this.#of("memory").oomKills();
  }

  reachedOwnMemoryLimit(): boolean {
    return this.#of("memory").reachedOwnMemoryLimit();
  }

  deniedForks(): number {
    return this.#of("processes").deniedForks();
  }

  reachedOwnProcessLimit(): boolean {
    return this.#of("processes").reachedOwnProcessLimit();
  }

  processesPeak(): number | null {
    return this.#of("processes").processesPeak();
  }

  kill(): void {
    for (const part of this.#parts) part.kill();
  }

  remove(): void {
    const faults: unknown[] = [];
    for (const part of this.#parts) {
      try {
        part.remove();
      } catch (fault) {
        faults.push(fault);
      }
    }
    if (faults.length > 0) throw faults[0];
  }
}
