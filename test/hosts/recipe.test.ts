// The recipe of docs/containers.md: its fragments agree with each other, and what they ask for is enough for everything that they promise.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { ExecutionResult } from "../../src/model/result.ts";
import { fenced, section, tableRows } from "../helpers/markdown.ts";
import { claimWith, executable, root } from "../helpers/requires.ts";
import { enforcedIn } from "./claims.ts";
import { openScene } from "./scene.ts";
import { containers, withRights } from "./situations/containers.ts";
import type { Situation } from "./situation.ts";

interface Compose {
  readonly services: { readonly judge: { readonly image: string; readonly cap_add: string[]; readonly security_opt: string[]; readonly volumes: string[] } };
  readonly volumes: Readonly<Record<string, object>>;
}
interface Mount {
  readonly name: string;
  readonly mountPath: string;
}
interface Pod {
  readonly spec: {
    readonly containers: { readonly image: string; readonly securityContext: { readonly capabilities: { readonly add: string[] }; readonly appArmorProfile: { readonly type: string } }; readonly volumeMounts: Mount[] }[];
    readonly volumes: { readonly name: string }[];
  };
}

const text = readFileSync(join(import.meta.dir, "../../docs/containers.md"), "utf8");
const recipe = section(text, "A recipe");
const dockerfile = new Map(fenced(recipe, "dockerfile")[0]!.trimEnd().split("\n").map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]));
const [compose, pod] = fenced(recipe, "yaml").map((fragment) => parse(fragment) as unknown) as [Compose, Pod];
const { judge } = compose.services;
const container = pod.spec.containers[0]!;
const whole = containers.find(({ name }) => name === "container with SYS_ADMIN and NET_ADMIN")!;

describe("the recipe for containers", () => {
  test("names the same rights for Compose and for Kubernetes", () => {
    expect(container.securityContext.capabilities.add).toEqual(judge.cap_add);
    expect([judge.security_opt, container.securityContext.appArmorProfile.type]).toEqual([["apparmor=unconfined"], "Unconfined"]);
    expect(container.image).toBe(judge.image);
  });

  test("names the rights of the row that buys everything but the groups of version 1", () => {
    const options = tableRows(section(text, "What each option buys")).map(([words = ""]) => words);
    expect(Array.from(options.join(" ").matchAll(/--cap-add ([A-Z_]+)/g), ([, name]) => name)).toEqual(judge.cap_add);
  });

  test("has boxes in a volume, where the image expects them", () => {
    const place = dockerfile.get("ENV")!.replace("MINI_ISOLATE_STATE_DIR=", "");
    expect(dockerfile.get("VOLUME")).toBe(place);
    const mounted = judge.volumes.map((volume) => volume.split(":"));
    expect(mounted.map(([, path]) => path)).toContain(place);
    expect(Object.keys(compose.volumes)).toEqual(mounted.map(([name]) => name!));
    expect(container.volumeMounts.map(({ mountPath }) => mountPath)).toEqual([place]);
    expect(pod.spec.volumes.map(({ name }) => name)).toEqual(container.volumeMounts.map(({ name }) => name));
  });

  test("starts the binary that it copies", () => {
    const [source = "", target] = dockerfile.get("COPY")!.split(" ");
    expect([source, target, dockerfile.get("ENTRYPOINT")]).toEqual(["mini-isolate", "/usr/local/bin/", `["${source}"]`]);
  });

  claimWith(root, executable("/usr/bin/unshare"), executable("/usr/bin/setpriv"), executable("/usr/bin/gcc"))("gives boxes what the table says, with the rights that stand in it", async () => {
    const situation: Situation = { ...whole, through: withRights(...judge.cap_add) };
    await using scene = await openScene(situation);
    const { stdout } = await scene.mini(["run", "--json", "--network", "loopback", "--", "/bin/true"]);
    const { status, enforced } = JSON.parse(stdout) as ExecutionResult;
    expect([status, enforced]).toEqual(["Success", expect.objectContaining(enforcedIn(situation))]);
  });
});
