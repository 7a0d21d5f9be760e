// In which kind of container we are, by what it leaves to be seen.
import { expect, test } from "bun:test";
import { containerKind, liftConfinement } from "../../../src/doctor/container-kind.ts";
import { fakeHost, type Changes } from "./fake-host.ts";

test.each<[string, Changes, ReturnType<typeof containerKind>]>([
  ["the host", {}, null],
  ["docker", { files: { "/.dockerenv": "" } }, "docker"],
  ["docker, version 1", { files: { "/proc/self/cgroup": "4:memory:/docker/0f1e" } }, "docker"],
  ["podman", { files: { "/run/.containerenv": 'engine="podman-4"' } }, "podman"],
  ["podman by its group", { files: { "/proc/self/cgroup": "0::/machine.slice/libpod-0f1e.scope" } }, "podman"],
  ["a pod", { environment: { KUBERNETES_SERVICE_HOST: "10.0.0.1" }, files: { "/.dockerenv": "" } }, "kubernetes"],
  ["a pod without services", { files: { "/.dockerenv": "", "/proc/self/cgroup": "0::/kubepods/besteffort/pod1" } }, "kubernetes"],
  ["lxc", { environment: { container: "lxc" } }, "lxc"],
  ["systemd-nspawn", { files: { "/run/systemd/container": "systemd-nspawn" } }, "systemd-nspawn"],
  ["a pid namespace of its own", { inode: () => 4_026_532_000 }, "other"],
  ["no /proc to tell", { inode: () => null, files: { "/proc/self/cgroup": null } }, null],
])("%s", (_, changes, kind) => {
  const host = fakeHost(changes);
  expect(containerKind(host)).toBe(kind);
  expect(liftConfinement(host) === null).toBe(kind === null);
});
