/**
 * One run of /bin/true inside one process, with its group of version 1, and with one of version 2 that the launcher is born in or joins.
 * On a host whose controllers are all of version 1 the tree of version 2 is empty: then this is the cost of making, joining, killing,
 * reading and removing a group, without that of its limits. On a host with version 2 alone, only its rows are there.
 */
import { mkdirSync } from "node:fs";
import type { RunGroup } from "../../src/cgroup/controller.ts";
import { detectCgroups } from "../../src/cgroup/detect.ts";
import { createV1Group } from "../../src/cgroup/v1.ts";
import { createV2Group } from "../../src/cgroup/v2.ts";
import { findPlace } from "../../src/cgroup/v2-place.ts";
import { configFor } from "../../src/config/config.ts";
import { buildPlan } from "../../src/executor/plan/build-plan.ts";
import { prepareRun, type Box } from "../../src/executor/plan/prepare.ts";
import { runProgram } from "../../src/executor/watch/run.ts";
import { plainRun } from "../../src/model/request.ts";
import { compare, nothing, type Contender, type Settings } from "./measure.ts";

/** @param directory an empty one of ours; the box that is measured is made in it */
export async function cgroupVersions(directory: string, settings: Settings): Promise<void> {
  for (const name of ["root", "box"]) mkdirSync(`${directory}/${name}`);
  const box: Box = {
    config: configFor("bench", {}),
    home: directory, root: `${directory}/root`, workdir: `${directory}/box`, uid: 64_000, gid: 64_000, groupName: "", announce: () => {},
    settle: () => ({ bytes: 0, files: 0, unseen: null }),
  };
  const map = detectCgroups();
  const found = findPlace(null, map.v2, map.ownV2);
  const place = "directory" in found ? found : map.v2 === null ? null : { directory: map.v2.top, controllers: new Set<never>(), top: map.v2.top };
  let number = 0;
  const contender = (name: string, make: (request: Parameters<typeof createV1Group>[1]) => RunGroup | null, born: boolean): Contender => ({
    name,
    once: async () => {
      const prepared = prepareRun(box, ["/bin/true"], plainRun);
      const group = make({ name: `mini-isolate-bench-${process.pid}-${number++}`, limits: prepared.limits, cpus: null, announce: () => {} })!;
      const joins = [...group.joinFiles, ...(born || group.birthplace === null ? [] : [group.birthplace.joinFile])];
      const plan = buildPlan({ ...prepared.spec, cgroupJoins: joins, rlimitProcesses: null, rlimitData: null });
      const facts = await runProgram({
        plan, limits: prepared.limits, group, beginning: "pid namespace", bornInGroup: born, stdin: { fd: nothing, byPipe: false }, inherit: [], opens: [],
        passthrough: false, waitingWrites: true, blocking: true, trace: null,
      });
      group.remove();
      if (facts.exitCode !== 0) throw new Error(`the run failed: ${JSON.stringify(facts)}`);
    },
  });
  const contenders: Contender[] = [];
  if (map.v1.size > 0) contenders.push(contender("a group of version 1", (request) => createV1Group(map, request).group, false));
  if (place !== null) {
    const make = (request: Parameters<typeof createV1Group>[1]) => createV2Group(place, request, new Set(["memory", "processes", "cpu", "cpu_time"])).group;
    contenders.push(contender("version 2, born in it", make, true), contender("version 2, joined by cgroup.procs", make, false));
  }
  await compare("a run inside one process, by the version of its group", contenders, settings);
}
