/** Docker with a daemon of the test's own, and runc. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../helpers/until.ts";
import { type Engine, storageDriver } from "./engine.ts";
import type { Context } from "./image.ts";
import type { EnginePlace } from "./place.ts";

/**
 * `--privileged` gives every capability that there is, and the runtime fails where the machine itself has not all of them. So those that
 * it lacks are taken out of what the daemon asks for.
 */
const runtime = `#!/bin/sh
for word; do [ "$last" != --bundle ] || bundle=$word; last=$word; done
if [ -n "$bundle" ]; then for name in $(cat "$0.lacks"); do sed -i "s/\\"$name\\",//g" "$bundle/config.json"; done; fi
exec /usr/bin/runc "$@"
`;

/** Names of capability(7) that engines hand out, which this process has not. */
function lackingCapabilities(bounding: bigint): string[] {
  return Object.entries({ CAP_SYS_RESOURCE: 24, CAP_SYS_TIME: 25, CAP_SYS_MODULE: 16, CAP_SYS_RAWIO: 17, CAP_SYS_BOOT: 22, CAP_SYSLOG: 34, CAP_MAC_ADMIN: 33, CAP_BPF: 39, CAP_PERFMON: 38 })
    .filter(([, number]) => ((bounding >> BigInt(number)) & 1n) === 0n)
    .map(([name]) => name);
}

export async function openDocker(place: EnginePlace, context: Context): Promise<Engine> {
  const home = join(place.base, "docker");
  mkdirSync(home);
  writeFileSync(join(home, "runtime"), runtime);
  chmodSync(join(home, "runtime"), 0o755);
  const bounding = /^CapBnd:\t([0-9a-f]+)$/m.exec(await Bun.file("/proc/self/status").text())![1]!;
  writeFileSync(join(home, "runtime.lacks"), lackingCapabilities(BigInt(`0x${bounding}`)).join("\n"));
  const socket = `unix://${home}/socket`;
  const docker = (words: readonly string[]) => ["/usr/bin/docker", "--config", home, "--host", socket, ...words];
  const log = join(home, "log");
  place.begin([
    "/usr/sbin/dockerd", "--data-root", join(home, "data"), "--exec-root", join(home, "exec"), "--pidfile", join(home, "pid"), "--host", socket, "--storage-driver", storageDriver === "overlay" ? "overlay2" : "vfs",
    "--add-runtime", `limited=${home}/runtime`, "--default-runtime", "limited", "--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false",
  ], log);
  await until("the daemon of Docker answers", async () => (await place.run(docker(["version"]))).exitCode === 0, 20_000).catch(async (error: unknown) => {
    throw new Error(`${String(error)}\n${(await Bun.file(log).text()).slice(-3000)}`);
  });
  await place.must(["/bin/sh", "-ec", `tar -C ${context.base} -c . | "$@"`, "sh", ...docker(["import", "-", "debian:12-slim"])]);
  await place.must(docker(["build", "--quiet", "--network", "none", "--tag", "judge", context.directory]));
  return { name: "Docker", rootless: false, program: "/usr/bin/docker", env: { DOCKER_HOST: socket }, command: (words) => place.run(docker(words)) };
}
