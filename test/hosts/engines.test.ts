// Real container engines, and the recipe of docs/containers.md: what its table promises for each set of options is what a run there says.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Examined } from "../../src/doctor/examine.ts";
import type { ExecutionResult } from "../../src/model/result.ts";
import { claimWith, executable, root } from "../helpers/requires.ts";
import { patience } from "../helpers/slowness.ts";
import { cgroupVersion } from "./cgroup-version.ts";
import { openDocker } from "./engines/docker.ts";
import { type Engine, majorVersion, runIn } from "./engines/engine.ts";
import { type Context, makeContext, programsInImage } from "./engines/image.ts";
import { optionOnPage, promises, recipe, refusalOnPage } from "./engines/page.ts";
import { type EnginePlace, openEnginePlace } from "./engines/place.ts";
import { openPodman, openRootless } from "./engines/podman.ts";
import { runBundle } from "./engines/runc.ts";

const common = [root, ...["/usr/bin/gcc", "/bin/busybox", "/usr/bin/unshare", "/usr/bin/nsenter", "/usr/bin/setpriv", "/usr/bin/ldd"].map(executable)];
const podman = [...common, executable("/usr/bin/podman"), executable("/usr/bin/crun")];
const docker = [...common, executable("/usr/sbin/dockerd"), executable("/usr/bin/docker"), executable("/usr/bin/runc")];
const isHere = (needs: typeof common) => needs.every(({ missing }) => missing === null);

let place: EnginePlace;
let context: Context;
beforeAll(async () => {
  if (!isHere(common)) return;
  place = await openEnginePlace();
  context = await makeContext(place.base);
});
afterAll(async () => await place?.[Symbol.asyncDispose]());

const separator = "=====";
/** Several commands in one container, to start fewer of them. */
const script = [
  "mini-isolate run --json -- /bin/true",
  "mini-isolate run --json --network loopback -- /bin/true",
  // What comes and goes between two samples is missed, so the memory stays for a second.
  `mini-isolate run --json --max-memory 64 --fsize 1024 --max-time 20 -- ${programsInImage}/fill-memfd 300 1`,
  "mini-isolate doctor --json",
].join(`; echo; echo ${separator}; `);

/** Claims about one engine. @param open starts it, with the image */
function claimsOf(title: string, name: Engine["name"], needs: typeof common, open: (place: EnginePlace, context: Context) => Promise<Engine>, more: (engine: () => Engine) => void = () => {}): void {
  describe(title, () => {
    let engine: Engine;
    const claim = claimWith(...needs);
    beforeAll(async () => {
      if (isHere(needs)) engine = await open(place, context);
    }, patience(60_000));

    claim("builds the recipe, whose entry point is the binary, with a place for boxes", async () => {
      const { stdout, exitCode } = await runIn(engine, [], ["run", "--json", "--", "/bin/true"]);
      expect([JSON.parse(stdout).status, exitCode]).toEqual(["Success", 0]);
      const inImage = await runIn(engine, ["--entrypoint", "/bin/sh"], ["-c", "echo $MINI_ISOLATE_STATE_DIR"]);
      expect(inImage.stdout).toBe("/var/lib/mini-isolate\n");
    });

    for (const promised of promises.filter(({ engine: only }) => only === null || only === name)) {
      const keeps = `keeps what is promised for: ${promised.title.replaceAll("`", "")}`;
      if (promised.since > majorVersion(name)) {
        test.skip(`${keeps} (this machine has an older one)`, () => {});
        continue;
      }
      claim(keeps, async () => {
        const { stdout, stderr } = await runIn(engine, [...promised.options, "--entrypoint", "/bin/sh"], ["-c", script]);
        const documents = stdout.split(`${separator}\n`);
        if (documents.length !== 4) throw new Error(`not four documents: ${stdout}\n${stderr}`);
        const [plain, loopback, hog] = documents.map((text) => JSON.parse(text) as ExecutionResult);
        // Version 1 is not given away to whoever is no root of the host.
        const version = engine.rootless && cgroupVersion() === "v1" ? null : cgroupVersion();
        for (const [field, pattern] of Object.entries(promised.enforced(version ?? "v1"))) {
          if (version !== null || !/^(memory|processes)$/.test(field)) expect([field, plain!.enforced[field as "memory"]]).toEqual([field, expect.stringMatching(pattern)]);
        }
        expect([plain!.status, plain!.error_message, loopback!.enforced.network, hog!.status]).toEqual(["Success", null, expect.stringMatching(promised.loopback), "MemoryLimit"]);
        const inContainer = promised.user === "own" ? expect.any(Number) : Number(promised.options[promised.options.indexOf("--user") + 1]);
        expect(plain!.enforced.user).toEqual(inContainer);
        expect(plain!.enforced.user).toBeGreaterThan(0);
        const { checks } = JSON.parse(documents[3]!) as { checks: Examined[] };
        const found = (id: string) => checks.find((check) => check.id === id)?.found;
        expect([found("run.filesystem"), found("run.network"), found("run.memory"), found("run.start")]).toEqual([plain!.enforced.filesystem, plain!.enforced.network, plain!.enforced.memory, "Success"]);
        expect(found("confinement.container")).toBe(name.toLowerCase());
      });
    }

    claim("refuses a run that is to be strict, with the words of the page", async () => {
      const { exitCode, stdout, stderr } = await runIn(engine, [], ["run", "--strict", "--", "/bin/true"]);
      expect([exitCode, stdout, stderr]).toEqual([5, "", refusalOnPage]);
    });

    claim("has a place for boxes below a root that nobody can write to", async () => {
      const { stdout, stderr } = await runIn(engine, ["--read-only", ...optionOnPage("--tmpfs /var/lib/mini-isolate:exec,mode=700").slice(0, 2)], ["run", "--json", "--", "/bin/true"]);
      expect([JSON.parse(stdout).status, stderr]).toEqual(["Success", expect.stringMatching(/^mini-isolate: warning: No namespaces here.*\n$/)]);
    });

    more(() => engine);
  });
}

claimsOf("Podman as root", "Podman", podman, openPodman, (engine) => {
  const command = ["run", "--json", "--network", "loopback", "--", "/bin/true"];
  const enforced = { network: "namespace", filesystem: expect.stringMatching(/^(pivot_root|chroot)$/) };

  claimWith(...podman, executable("/usr/bin/podman-compose"))("starts the service of the Compose file", async () => {
    const project = join(place.base, "project");
    mkdirSync(project);
    writeFileSync(join(project, "compose.yaml"), recipe.compose);
    const { program, env } = engine();
    const words = ["/usr/bin/podman-compose", "--podman-path", program, "--file", join(project, "compose.yaml"), "run", "--rm", "-T", "judge", ...command];
    const { stdout, stderr } = await place.run(words, env);
    const line = stdout.split("\n").find((text) => text.startsWith("{")) ?? `{"error": ${JSON.stringify(stdout + stderr)}}`;
    expect(JSON.parse(line)).toMatchObject({ status: "Success", enforced });
  });

  claimWith(...podman, executable("/usr/bin/catatonit"))("starts the pod of Kubernetes", async () => {
    const fragment = parse(recipe.pod) as { spec: { containers: object[] } };
    const [container] = fragment.spec.containers;
    const spec = { ...fragment.spec, restartPolicy: "Never", containers: [{ ...container, imagePullPolicy: "Never", args: command }] };
    const file = join(place.base, "pod.json");
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "tests" }, spec }));
    const { command: podmanTo } = engine();
    const started = await podmanTo(["play", "kube", "--network", "none", file]);
    expect([started.exitCode, started.stderr]).toEqual([0, ""]);
    expect((await podmanTo(["wait", "tests-judge"])).stdout).toBe("0\n");
    expect(JSON.parse((await podmanTo(["logs", "tests-judge"])).stdout)).toMatchObject({ status: "Success", enforced });
    // Of the rights, only AppArmor's is not this engine's to read.
    const [seen] = JSON.parse((await podmanTo(["inspect", "tests-judge"])).stdout) as [{ HostConfig: { CapAdd: string[]; Memory: number }; Mounts: { Destination: string }[] }];
    expect([seen.HostConfig.CapAdd.toSorted(), seen.HostConfig.Memory, seen.Mounts.map(({ Destination }) => Destination)]).toEqual([["CAP_NET_ADMIN", "CAP_SYS_ADMIN"], 4 * 2 ** 30, ["/var/lib/mini-isolate"]]);
    await podmanTo(["pod", "rm", "--force", "--time", "0", "tests"]);
  });
});
claimsOf("Podman as an ordinary user", "Podman", [...podman, executable("/usr/bin/newuidmap")], openRootless);
claimsOf("Docker", "Docker", docker, openDocker);

describe("runc with a bundle made by hand", () => {
  const claim = claimWith(...docker);
  const capabilities = (...names: readonly string[]) => names.map((name) => `CAP_${name.toUpperCase()}`);
  const usual = capabilities("chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_bind_service", "net_raw", "sys_chroot", "mknod", "audit_write", "setfcap");
  const command = ["mini-isolate", "run", "--json", "--network", "loopback", "--", "/bin/true"];

  for (const [title, given, enforced] of [
    ["of an engine has Landlock", usual, { filesystem: "landlock", network: "none" }],
    ["of the recipe has namespaces", [...usual, ...capabilities("sys_admin", "net_admin")], { filesystem: "pivot_root", network: "namespace" }],
    ["of `runc spec` has Landlock, and no user of its own", capabilities("audit_write", "kill", "net_bind_service"), { filesystem: "landlock", network: "none", user: 0 }],
  ] as const) {
    claim(`and the capabilities ${title}`, async () => {
      const { stdout, stderr } = await runBundle(place, context, given, command);
      expect([stdout.slice(0, 1), stdout === "" ? stderr : JSON.parse(stdout)]).toEqual(["{", expect.objectContaining({ status: "Success", enforced: expect.objectContaining(enforced) })]);
    });
  }
});
