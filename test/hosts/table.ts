/** The table of docs/host-setup.md: situations, and what each limit is enforced by, from the very data that the tests compare results with. */
import { containers, rootlessContainers } from "./situations/containers.ts";
import { machines } from "./situations/machines.ts";
import { users } from "./situations/users.ts";
import { machineNamed, machineNames } from "./situations/virtual-machines.ts";
import type { CgroupVersion, Situation } from "./situation.ts";

/** The order of the table: the whole host first, then what has less. */
const situations: readonly Situation[] = [...machineNames.map(machineNamed), ...machines, ...users, ...containers, ...rootlessContainers];

const code = (text: string) => (text === "none" ? "nothing" : `\`${text}\``);

function counted({ expected: { groups } }: Situation, version: CgroupVersion): string {
  if (groups[version] === null) return "not tried";
  return groups[version] ? code(`cgroup-${version}`) : `${code("sampling")}, processes ${code("rlimit")}`;
}

export function hostTable(): string[][] {
  return [
    ["situation", "what it is", "memory, CPU time, processes: version 1", "version 2", "network", "file system", "user"],
    ...situations.map((situation) => {
      const { name, about, expected: { network, filesystem, user } } = situation;
      return [name, about, counted(situation, "v1"), counted(situation, "v2"), code(network), code(filesystem), user === "own" ? "own" : "the caller's"];
    }),
  ];
}
