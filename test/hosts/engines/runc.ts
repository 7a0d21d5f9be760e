/** runc alone, with a bundle that is made by hand: a directory as root, and the configuration of `runc spec`. */
import { cpSync, linkSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Outcome } from "../../helpers/running.ts";
import type { Context } from "./image.ts";
import type { EnginePlace } from "./place.ts";

interface Bundle {
  process: { terminal: boolean; args: string[]; env: string[]; capabilities: Record<string, string[]> };
  linux: { cgroupsPath?: string };
  mounts: { destination: string; type: string; source: string; options: string[] }[];
}

/** Runs a command in a container with these capabilities, and no others; its root cannot be written to. */
export async function runBundle(place: EnginePlace, { base, binary }: Context, capabilities: readonly string[], words: readonly string[]): Promise<Outcome> {
  const bundle = join(place.base, `bundle-${capabilities.length}`);
  mkdirSync(bundle);
  cpSync(base, join(bundle, "rootfs"), { recursive: true, verbatimSymlinks: true });
  linkSync(binary, join(bundle, "rootfs/usr/local/bin/mini-isolate"));
  await place.must(["/usr/bin/runc", "spec", "--bundle", bundle]);
  const file = join(bundle, "config.json");
  const config = JSON.parse(readFileSync(file, "utf8")) as Bundle;
  config.process.terminal = false;
  config.process.args = [...words];
  config.process.env.push("MINI_ISOLATE_STATE_DIR=/var/lib/mini-isolate");
  config.process.capabilities = Object.fromEntries(["bounding", "effective", "permitted"].map((set) => [set, [...capabilities]]));
  config.mounts.push({ destination: "/var/lib/mini-isolate", type: "tmpfs", source: "tmpfs", options: ["mode=700"] });
  config.linux.cgroupsPath = "/mini-isolate-runc";
  writeFileSync(file, JSON.stringify(config));
  return await place.run(["/usr/bin/runc", "--root", join(place.base, "runc"), "run", "--bundle", bundle, `mini-isolate-${process.pid}`]);
}
