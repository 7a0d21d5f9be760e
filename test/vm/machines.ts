/** The machines of `npm run test:vm`: how each is started, and which tests run in it. */

export interface Machine {
  /** What is said of it, and what an argument of `npm run test:vm` is compared with. */
  readonly name: string;
  /** `v1` needs a kernel that still has that; the others run on every image. */
  readonly cgroup: "v1" | "v2";
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
  here("user in a delegated scope", ["--systemd", "--user"], scope),
  here("user in a login session", ["--systemd", "--user"]),
  here("user in a delegated group", ["--user", "--in-cgroup", "/outer/inner", "--delegate"]),
  here("user, nothing delegated", ["--user", "--in-cgroup", "/outer/inner"]),
  { name: "every situation of test/hosts", cgroup: "v2", flags: [], command: ["/bin/sh", "guest.sh", "root", "test/hosts"], timeout: 3600 },
  { name: "sandbox suite", cgroup: "v2", flags: [], command: ["/bin/sh", "guest.sh", "root", "test/sandbox"], timeout: 3600 },
  { name: "escape suite", cgroup: "v2", flags: [], command: ["/bin/sh", "guest.sh", "root", "test/escape"], timeout: 7200 },
];
