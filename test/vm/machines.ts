/** The machines of `npm run test:vm`: how each is started, and which tests run in it. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

export interface Machine {
  /** What is said of it, and what an argument of `npm run test:vm` is compared with. */
  readonly name: string;
  /** `v1` and `hybrid` (both) need a kernel that still has version 1; the others run on every image. */
  readonly cgroup: "v1" | "v2" | "hybrid";
  /** Further flags of the runner. */
  readonly flags: readonly string[];
  /** What runs in it. */
  readonly command: readonly string[];
  /** Only on the image that has AppArmor. */
  readonly appArmor?: boolean;
  /** Seconds that the command may take. */
  readonly timeout: number;
}

/** A command of root's, where there is AppArmor. */
const loadProfile = (name: string) => `apparmor_parser --replace checkout/test/vm/apparmor/${name}`;

const scope = ["systemd-run", "--user", "--scope", "--quiet", "--property", "Delegate=yes"];

/** The claims of test/hosts about the machine itself. @param name a situation of test/hosts/situations/virtual-machines.ts */
function here(name: string, flags: readonly string[], through: readonly string[] = []): Machine {
  return { name, cgroup: "v2", flags, command: [...through, "/bin/sh", "guest.sh", name, "test/hosts/here.test.ts"], timeout: 900 };
}

/** Files of the escape suite that depend most on control groups and on the end of all processes. */
const escapes = ["resources", "leftovers", "supervisor", "verification", "processes"];

/** Without those that compare times, which mean nothing where the processor is emulated, or those that are elsewhere. */
function filesOf(directory: string, without: readonly string[]): string[] {
  const names = readdirSync(join(import.meta.dir, "../..", directory)).filter((name) => name.endsWith(".test.ts"));
  return names.filter((name) => !without.includes(name.slice(0, -".test.ts".length))).map((name) => `${directory}/${name}`);
}

export const machines: readonly Machine[] = [
  { name: "claims about the kernel's settings", cgroup: "v1", flags: [], command: ["/bin/sh", "claims.sh"], timeout: 900 },
  { name: "claims about the kernel's settings, version 2", cgroup: "v2", flags: [], command: ["/bin/sh", "claims.sh"], timeout: 900 },
  { ...here("root", []), cgroup: "v1", name: "root, version 1" },
  here("root", []),
  here("root, swap on", ["--swap", "512M"]),
  here("root in a login session", ["--systemd"]),
  here("root in a service with Delegate=yes", ["--systemd", "--service"]),
  here("user in a service with Delegate=yes", ["--systemd", "--service", "--user"]),
  here("root, spared when memory runs out", [], ["choom", "-n", "-1000", "--"]),
  { ...here("root, AppArmor refuses mounts", ["--setup", loadProfile("container")], ["aa-exec", "-p", "mini-isolate-test-container", "--"]), appArmor: true },
  { ...here("user, AppArmor takes rights away", ["--user", "--in-cgroup", "/outer", "--setup", loadProfile("user")], ["aa-exec", "-p", "mini-isolate-test-user", "--"]), appArmor: true },
  { ...here("root, AppArmor knows only what has a path", ["--setup", loadProfile("pathless")], ["aa-exec", "-p", "mini-isolate-test-pathless", "--"]), appArmor: true },
  { ...here("user, AppArmor knows only what has a path", ["--user", "--in-cgroup", "/outer", "--setup", loadProfile("pathless")], ["aa-exec", "-p", "mini-isolate-test-pathless", "--"]), appArmor: true },
  here("user in a delegated scope", ["--systemd", "--user"], scope),
  here("user in a login session", ["--systemd", "--user"]),
  here("user in a delegated group", ["--user", "--in-cgroup", "/outer/inner", "--delegate"]),
  here("user, nothing delegated", ["--user", "--in-cgroup", "/outer/inner"]),
  { name: "memory of version 1, the others of version 2", cgroup: "hybrid", flags: ["--append", "cgroup_no_v1=pids,cpu"], command: ["/bin/sh", "guest.sh", "root", "test/vm/hybrid.test.ts"], timeout: 900 },
  { name: "every situation of test/hosts", cgroup: "v2", flags: [], command: ["/bin/sh", "guest.sh", "root", "test/hosts"], timeout: 7200 },
  { name: "every situation of test/hosts, in short", cgroup: "v2", flags: [], command: ["/bin/sh", "guest.sh", "root", "test/hosts", "--test-name-pattern", "result says by what|memory over"], timeout: 3600 },
  { name: "sandbox suite", cgroup: "v2", flags: [], command: ["/bin/sh", "guest.sh", "root", ...filesOf("test/sandbox", ["accuracy"])], timeout: 7200 },
  { name: "the isolate command", cgroup: "v2", flags: [], command: ["/bin/sh", "guest.sh", "root", ...filesOf("test/compat", [])], timeout: 3600 },
  { name: "memory figures", cgroup: "v2", flags: [], command: ["/bin/sh", "guest.sh", "root", "test/cases/memory.test.ts"], timeout: 1800 },
  { name: "escape suite, groups and processes", cgroup: "v2", flags: [], command: ["/bin/sh", "guest.sh", "root", ...escapes.map((name) => `test/escape/${name}.test.ts`)], timeout: 7200 },
  { name: "escape suite, the rest", cgroup: "v2", flags: [], command: ["/bin/sh", "guest.sh", "root", ...filesOf("test/escape", escapes)], timeout: 14_400 },
];
