/** Whole machines, which tests cannot make on the host: test/vm starts them and names the situation in MINI_ISOLATE_SITUATION. */
import { always, type Expected, fullIsolation, type Situation } from "../situation.ts";

const root = { ...fullIsolation };
const user = { network: "namespace", filesystem: "pivot_root", user: "caller" } as const;
const withoutNamespaces = { network: "seccomp", filesystem: "landlock" } as const;
const v2 = (groups: boolean, rest: Omit<Expected, "groups">): Expected => ({ groups: { v1: null, v2: groups }, ...rest });

const described: Readonly<Record<string, readonly [about: string, expected: Expected]>> = {
  "root": ["in the root group; all controllers on version 1, or all on version 2", { groups: always, ...root }],
  "root, swap on": ["the host has swap, the box gets none of it", v2(true, root)],
  "root in a login session": ["systemd, a session without delegation", v2(true, root)],
  "root in a service with Delegate=yes": ["a unit of systemd's with `Delegate=yes`", v2(true, root)],
  "user in a service with Delegate=yes": ["the same with `User=`", v2(true, user)],
  "user in a delegated scope": ["`systemd-run --user --scope -p Delegate=yes`", v2(true, user)],
  "user in a login session": ["a user manager is there: the groups come from a scope that mini-isolate asks it for", v2(true, user)],
  "user in a delegated group": ["the group belongs to the user, without systemd", v2(true, user)],
  "root, spared when memory runs out": ["the caller has an oom_score_adj of -1000, as a service with `OOMScoreAdjust=`", v2(true, root)],
  "root, AppArmor refuses mounts": ["the profile of container engines, all capabilities; not with `--security-opt apparmor=unconfined`", v2(true, { ...withoutNamespaces, user: "own" })],
  "user, AppArmor takes rights away": ["Ubuntu 24.04 without a profile for the binary: a user namespace can be made, but gives no rights", v2(false, { ...withoutNamespaces, user: "caller" })],
  "root, AppArmor knows only what has a path": ["a profile with `file,` and every other right, without `attach_disconnected`: memory files are not executed, namespaces not opened", v2(true, root)],
  "user, AppArmor knows only what has a path": ["the same for an ordinary user to whom nothing is delegated", v2(false, user)],
  "user, nothing delegated": ["no systemd, no group of the user's", v2(false, user)],
};

/** Names of all of them. */
export const machineNames = Object.keys(described);

/** The machine that the tests run on, as it is. */
export function machineNamed(name: string): Situation {
  const found = described[name];
  if (found === undefined) throw new Error(`unknown situation '${name}' (known: ${machineNames.join(", ")})`);
  const [about, expected] = found;
  return { name, about, expected, needs: [], through: () => [] };
}
