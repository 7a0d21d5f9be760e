/**
 * The configuration of an instance: its type, its defaults, and the way to a checked one. The schema itself is loaded
 * only when somebody gave something to check: a run in a temporary box mostly has nothing but defaults.
 */
import { configError } from "../model/errors.ts";
import { contradicts, strictAllowsNothing } from "../model/permissions.ts";
import { defaultConfig } from "./defaults.ts";
import type { IsolateConfig, IsolateConfigInput } from "./isolate-config.ts";
import { usualConfig } from "./usual.ts";

export type { IsolateConfig, IsolateConfigInput, KeptPackEntry } from "./isolate-config.ts";

/**
 * Checks a configuration and fills in the defaults.
 * @param origin where it came from, for the message (`configuration of box 0`)
 * @throws IsolateError of kind Config that names the first wrong field
 */
export function parseConfig(input: unknown, origin: string): IsolateConfig {
  const usual = typeof input === "object" && input !== null ? usualConfig(input as Record<string, unknown>) : null;
  if (usual !== null) return usual;
  // require and not import: the library's constructors are synchronous.
  return (require("./schema.ts") as typeof import("./schema.ts")).checkConfig(input, origin);
}

/**
 * The configuration of a new box, as its maker wrote it.
 * @throws as {@link parseConfig}, and when it says that the box keeps packs: it says so only of a box that does;
 * also for something that is allowed together with the profile strict
 */
export function parseNewConfig(input: IsolateConfigInput): IsolateConfig {
  const config = parseConfig(input, "configuration");
  if (contradicts(config.allow, config.seccomp)) throw strictAllowsNothing(config.allow, "the box");
  if (config.packs.length === 0 && config.packs_sha256 === null) return config;
  throw configError("configuration: packs: cannot be set", "packs that a box keeps are an option of Isolate.new");
}

/** Where the configuration of a persisted box stands, for messages. */
export function recordOrigin(stateDir: string, id: string): string {
  return `${stateDir}/instances.json: ${id}: config`;
}

/** The configuration of a new box whose id we chose ourselves. @throws as {@link parseNewConfig} */
export function configFor(id: string, input: IsolateConfigInput): IsolateConfig {
  if (Object.keys(input).length === 0) return { ...defaultConfig, instance_id: id };
  return parseNewConfig({ ...input, instance_id: id });
}
