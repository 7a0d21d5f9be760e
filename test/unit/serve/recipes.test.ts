// docs/serve.md: its configuration, its unit of systemd and its recipes for containers fit the program, and each other.
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parseArguments } from "../../../src/cli/args.ts";
import type { ServeConfig } from "../../../src/serve/config/config.ts";
import { readServeConfig } from "../../../src/serve/config/read.ts";
import { toServeConfig } from "../../../src/serve/config/to-config.ts";
import { fenced, section } from "../../helpers/markdown.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

interface Compose {
  readonly services: { readonly judge: { readonly image: string; readonly cap_add: string[]; readonly security_opt: string[]; readonly ports: string[]; readonly environment: Record<string, string>; readonly volumes: string[]; readonly stop_grace_period: string } };
  readonly volumes: Readonly<Record<string, object>>;
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number };
}
interface Pod {
  readonly spec: {
    readonly enableServiceLinks: boolean;
    readonly terminationGracePeriodSeconds: number;
    readonly containers: {
      readonly image: string; readonly env: { readonly name: string; readonly value: string }[]; readonly ports: { readonly containerPort: number }[]; readonly readinessProbe: Probe; readonly livenessProbe: Probe;
      readonly securityContext: { readonly capabilities: { readonly add: string[] } }; readonly volumeMounts: { readonly name: string; readonly mountPath: string }[];
    }[];
    readonly volumes: { readonly name: string }[];
  };
}

const page = readFileSync(join(import.meta.dir, "../../../docs/serve.md"), "utf8");
const inContainer = section(page, "In a container");
const dockerfile = fenced(inContainer, "dockerfile")[0]!;
const [compose, pod] = fenced(inContainer, "yaml").map((fragment) => parse(fragment) as unknown) as [Compose, Pod];
const { judge } = compose.services;
const container = pod.spec.containers[0]!;
const ofImage = Object.fromEntries(Array.from(dockerfile.matchAll(/\b(MINI_ISOLATE_[A-Z_]+)=(\S+)/g), ([, name, value]) => [name!, value!]));

function configOf(environment: Readonly<Record<string, string>>, file: string | null = null): ServeConfig {
  return toServeConfig(readServeConfig({ file, environment, flags: [] }), { stateDir: "/state", dataDir: "/data", cores: 2 });
}

test("the configuration that is shown is one", () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, "serve.yaml");
  const text = fenced(section(page, "Configuration"), "yaml")[0]!;
  expect(text).toContain("keys:");
  writeFileSync(file, text);
  expect(configOf({}, file)).toMatchObject({ host: "0.0.0.0", keys: [{ name: "web", rate: 600 }, { name: "grader", mostJobs: 100 }], run: { usual: { cpu_time_limit: 5 } }, drain: { grace: 10, most: 60 } });
});

describe("the unit of systemd", () => {
  const unit = fenced(section(page, "With systemd"), "ini")[0]!;
  const values = new Map(unit.split("\n").filter((line) => line.includes("=")).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));

  test("starts the service with flags that it has", () => {
    const [, command, ...flags] = values.get("ExecStart")!.split(" ");
    expect(command).toBe("serve");
    expect(parseArguments("serve", flags)!.flags.config).toBe("/etc/mini-isolate/serve.yaml");
    expect(values.get("ExecReload")).toContain("-HUP");
  });

  test("gives it control groups, leaves its jobs alone at the end, and waits for them", () => {
    expect([values.get("Delegate"), values.get("KillMode"), values.get("OOMPolicy")]).toEqual(["yes", "mixed", "continue"]);
    const { grace, most } = configOf({}).drain;
    expect(Number(values.get("TimeoutStopSec"))).toBeGreaterThan(grace + most);
  });
});

describe("the recipes for containers", () => {
  test("are of one image, with the same rights, on the same port", () => {
    expect(container.image).toBe(judge.image);
    expect(container.securityContext.capabilities.add).toEqual(judge.cap_add);
    const port = Number(/^EXPOSE ([0-9]+)$/m.exec(dockerfile)![1]);
    expect([judge.ports, container.ports[0]!.containerPort, container.readinessProbe.httpGet.port, container.livenessProbe.httpGet.port]).toEqual([[`${port}:${port}`], port, port, port]);
    expect([container.readinessProbe.httpGet.path, container.livenessProbe.httpGet.path]).toEqual(["/readyz", "/healthz"]);
    expect(configOf({ ...ofImage, ...judge.environment }).port).toBe(port);
  });

  test("set what the service knows, and what is enough for it to listen", () => {
    const environments = [judge.environment, Object.fromEntries(container.env.map(({ name, value }) => [name, value]))];
    for (const environment of environments) {
      const config = configOf({ ...ofImage, ...environment });
      expect([config.host, config.keys.map(({ name }) => name), config.dataDir]).toEqual(["0.0.0.0", ["web"], "/var/lib/mini-isolate/serve"]);
    }
    expect(() => configOf(ofImage)).toThrow("without keys");
    expect(pod.spec.enableServiceLinks).toBe(false);
  });

  test("wait longer than the end of the service takes", () => {
    const ofPod = configOf({ ...ofImage, ...Object.fromEntries(container.env.map(({ name, value }) => [name, value])) }).drain;
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(ofPod.grace + ofPod.most);
    const ofCompose = configOf({ ...ofImage, ...judge.environment }).drain;
    expect(Number(judge.stop_grace_period.replace("s", ""))).toBeGreaterThan(ofCompose.grace + ofCompose.most);
  });

  test("keep queue and boxes in the volume of the image", () => {
    const volume = /^VOLUME (\S+)$/m.exec(dockerfile)![1]!;
    for (const name of ["MINI_ISOLATE_STATE_DIR", "MINI_ISOLATE_SERVE_DATA_DIR"]) expect(ofImage[name]).toStartWith(`${volume}/`);
    expect([judge.volumes, Object.keys(compose.volumes)]).toEqual([[`store:${volume}`], ["store"]]);
    expect([container.volumeMounts, pod.spec.volumes.map(({ name }) => name)]).toEqual([[{ name: "store", mountPath: volume }], ["store"]]);
  });
});
