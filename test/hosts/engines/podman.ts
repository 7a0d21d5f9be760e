/** Podman with crun, as root and as an ordinary user. */
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Engine, storageDriver } from "./engine.ts";
import type { Context } from "./image.ts";
import { type EnginePlace, tester } from "./place.ts";

/** The limits of the engine's own are those of a host's root, who may raise limits; a container's root may not. */
const settings = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=2048:2048"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
`;

/** Its image is made. @param uid whose engine it is; null: root's */
export async function openPodman(place: EnginePlace, context: Context, uid: number | null = null): Promise<Engine> {
  const home = join(place.base, `podman-${uid ?? "root"}`);
  // Its own /run, as the engine wants no long paths there.
  const run = `/run/podman-${uid ?? "root"}`;
  mkdirSync(home, { mode: 0o755 });
  if (uid !== null) chownSync(home, uid, uid);
  await place.must(["/usr/bin/install", "--directory", "--mode", "700", "--owner", String(uid ?? 0), run]);
  writeFileSync(join(place.base, "containers.conf"), settings);
  const env = { HOME: home, XDG_RUNTIME_DIR: run, CONTAINERS_CONF: join(place.base, "containers.conf") };
  // By that name, for programs that call Podman.
  const program = join(home, "bin/podman");
  mkdirSync(join(home, "bin"), { mode: 0o755 });
  writeFileSync(program, `#!/bin/sh\nexec /usr/bin/podman --storage-driver ${storageDriver} --root ${home}/storage --runroot ${run} --tmpdir ${run} "$@"\n`, { mode: 0o755 });
  const podman = (words: readonly string[]) => [program, ...words];
  const user = uid ?? undefined;
  await place.must(["/bin/sh", "-ec", `tar -C ${context.base} -c . | "$@"`, "sh", ...podman(["import", "--quiet", "-", "debian:12-slim"])], env, user);
  await place.must(podman(["build", "--quiet", "--network", "none", "--tag", "judge", context.directory]), env, user);
  return { name: "Podman", rootless: uid !== null, program, env, command: (words) => place.run(podman(words), env, user) };
}

export const openRootless = (place: EnginePlace, context: Context): Promise<Engine> => openPodman(place, context, tester.uid);
