/** Where container engines run: in namespaces of their own, so that a daemon or a mount of theirs cannot stay. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainPath } from "../../helpers/binary.ts";
import { mountTable } from "../../helpers/host.ts";
import { type Outcome, start } from "../../helpers/running.ts";
import { makeTestDirectory } from "../../helpers/test-directory.ts";
import { until } from "../../helpers/until.ts";
import { removeBelow } from "../engine-group.ts";

/** An ordinary user with subordinate ids, whom nobody on the host has. */
export const tester = { uid: 1_300_000 + process.pid, firstSubordinate: 1_500_000_000 } as const;

export interface EnginePlace extends AsyncDisposable {
  /** A directory that everybody may pass through. */
  readonly base: string;
  /** Runs a command there to its end; a minute at most. @param uid whose it is; without it root's */
  run(command: readonly string[], env?: Readonly<Record<string, string>>, uid?: number): Promise<Outcome>;
  /** The same; fails when it does not end with 0. @returns its output */
  must(command: readonly string[], env?: Readonly<Record<string, string>>, uid?: number): Promise<string>;
  /** Starts something that stays until the end of the place. @param log where its output goes */
  begin(command: readonly string[], log: string): void;
}

/** Groups that engines make at the top of a hierarchy, and leave there. */
const groupsOfEngines = ["libpod_parent", "docker", "mini-isolate-runc"];

function enginesGroups(): string[] {
  const tops = mountTable().filter(({ type }) => type === "cgroup" || type === "cgroup2").map(({ point }) => point);
  return tops.flatMap((top) => groupsOfEngines.map((name) => join(top, name))).filter((path) => existsSync(path));
}

/** The accounts of the host and {@link tester}; none of the files that engines keep outside of a directory of their own. */
function setUp(base: string): string {
  writeFileSync(join(base, "passwd"), `${readFileSync("/etc/passwd", "utf8")}mini-tester:x:${tester.uid}:${tester.uid}::${base}:/bin/sh\n`);
  writeFileSync(join(base, "subuid"), `mini-tester:${tester.firstSubordinate}:65536\n`);
  return [
    "mount --make-rprivate /",
    "mount -t proc proc /proc",
    ...["/run", "/var/lib", "/etc/cni/net.d"].map((path) => `[ ! -d ${path} ] || mount -t tmpfs -o mode=755 tmpfs ${path}`),
    `mount --bind ${base}/passwd /etc/passwd`,
    `mount --bind ${base}/subuid /etc/subuid`,
    `mount --bind ${base}/subuid /etc/subgid`,
    // crun takes no host that has version 2, with a controller, beside version 1.
    "[ ! -d /sys/fs/cgroup/unified ] || umount /sys/fs/cgroup/unified",
    "echo ready",
    "exec sleep infinity",
  ].join("\n");
}

export async function openEnginePlace(): Promise<EnginePlace> {
  const base = makeTestDirectory("engines");
  Bun.spawnSync(["chmod", "755", base]);
  mkdirSync(join(base, "tmp"), { mode: 0o1777 });
  Bun.spawnSync(["chmod", "1777", join(base, "tmp")]);
  const before = new Set(enginesGroups());
  const holder = start(["/usr/bin/setpriv", "--pdeathsig", "KILL", "/usr/bin/unshare", "--mount", "--pid", "--net", "--fork", "--kill-child=SIGKILL", "/bin/sh", "-ec", setUp(base)], { env: { PATH: plainPath }, timeoutMs: 600_000 });
  await holder.prints("ready");
  const first = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, "latin1").trim();
  const inside = (command: readonly string[], uid?: number) => {
    const user = uid === undefined ? [] : ["/usr/bin/setpriv", "--reuid", String(uid), "--regid", String(uid), "--clear-groups", "--"];
    return ["/usr/bin/nsenter", "--target", first, "--mount", "--pid", "--net", "--", ...user, ...command];
  };
  const usual = { PATH: plainPath, LANG: "C.UTF-8", TMPDIR: join(base, "tmp") };
  const run: EnginePlace["run"] = (command, env = {}, uid) => start(inside(command, uid), { env: { ...usual, HOME: base, ...env }, timeoutMs: 60_000 }).ended;
  return {
    base,
    run,
    must: async (...words) => {
      const { exitCode, stdout, stderr } = await run(...words);
      if (exitCode !== 0) throw new Error(`${words[0].join(" ")} ended with ${exitCode}: ${stdout}${stderr}`);
      return stdout;
    },
    begin: (command, log) => {
      const file = Bun.file(log);
      Bun.spawn(inside(command), { env: { ...usual, HOME: base }, stdin: "ignore", stdout: file, stderr: file });
    },
    [Symbol.asyncDispose]: async () => {
      holder.kill("SIGKILL");
      await holder.ended;
      for (const group of enginesGroups().filter((path) => !before.has(path))) await removeGroup(group);
      await until(`${base} can be removed`, () => {
        rmSync(base, { recursive: true, force: true });
        return readdirSync("/tmp").every((name) => join("/tmp", name) !== base);
      });
    },
  };
}

async function removeGroup(group: string): Promise<void> {
  await until(`${group} can be removed`, () => {
    try {
      removeBelow(group);
      return true;
    } catch {
      // Its last process has not quite ended.
      return false;
    }
  });
}
