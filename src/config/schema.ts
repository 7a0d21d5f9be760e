/** The schema of the configuration of an instance. */
import * as v from "valibot";
import { configError } from "../model/errors.ts";
import { defaultConfig } from "./defaults.ts";
import type { IsolateConfig } from "./isolate-config.ts";
import { boxIdPattern } from "../model/box-id.ts";
import { type LimitKey, limits } from "../model/limits.ts";
import { networks } from "../model/network.ts";
import { permissions } from "../model/permissions.ts";
import { seccompProfiles } from "../model/seccomp.ts";
import { nearestName } from "../model/nearest.ts";

function numberWithin(key: LimitKey) {
  const definition = limits[key];
  const range = `must be from ${definition.min} to ${definition.max} (${definition.unit})`;
  const whole = definition.unit === "seconds" ? v.finite(range) : v.integer(`must be a whole number (${definition.unit})`);
  return v.pipe(v.number("must be a number"), whole, v.minValue(definition.min, range), v.maxValue(definition.max, range));
}

/** null: no limit. */
function limit(key: LimitKey) {
  return v.optional(v.nullable(numberWithin(key)), defaultConfig[key]);
}

function boundedLimit(key: "open_files_limit" | "output_limit" | "cpu_shares") {
  return v.optional(numberWithin(key), defaultConfig[key]);
}

const idNumber = v.pipe(v.number("must be a number"), v.integer("must be a whole number"), v.minValue(1, "must not be 0 (root)"), v.maxValue(2 ** 32 - 2));
const absolutePath = v.pipe(v.string("must be text"), v.regex(/^\/[^\0]*$/, "must be an absolute path"));

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in hexadecimal"));

/** The name of a call that a program may be allowed to make, on any architecture. */
const syscallName = v.pipe(
  v.string(),
  v.check((name) => problemOfCall(name) === null, ({ input }) => problemOfCall(input)!),
);

function problemOfCall(name: string): string | null {
  // require and not import: hardly any box has a list, and the tables are large.
  const { syscallNames } = require("../seccomp/syscalls.ts") as typeof import("../seccomp/syscalls.ts");
  const { neverAllowed } = require("../seccomp/allow-list.ts") as typeof import("../seccomp/allow-list.ts");
  const never = neverAllowed().get(name);
  if (never !== undefined) return `'${name}' cannot be allowed: ${never}`;
  const names = syscallNames();
  if (names.includes(name)) return null;
  const near = nearestName(name, names);
  return `unknown system call '${name}'${near === null ? "" : `, did you mean '${near}'?`}`;
}

/** What the configuration of a box mostly shares with no other. */
const ownFields = {
  instance_id: v.pipe(v.string("must be text"), v.regex(boxIdPattern, "must be 1 to 64 of A-Z a-z 0-9 . _ - and not start with a dot")),
  workdir: v.optional(v.nullable(absolutePath), defaultConfig.workdir),
  uid: v.optional(v.nullable(idNumber), defaultConfig.uid),
  gid: v.optional(v.nullable(idNumber), defaultConfig.gid),
};

export const OwnFieldsSchema = v.object(ownFields);

export const ConfigSchema = v.strictObject({
  instance_id: ownFields.instance_id,
  workdir: ownFields.workdir,
  chroot_dir: v.optional(v.nullable(absolutePath), defaultConfig.chroot_dir),
  uid: ownFields.uid,
  gid: ownFields.gid,
  memory_limit: limit("memory_limit"),
  time_limit: limit("time_limit"),
  cpu_time_limit: limit("cpu_time_limit"),
  wall_time_limit: limit("wall_time_limit"),
  process_limit: limit("process_limit"),
  file_size_limit: limit("file_size_limit"),
  stack_limit: limit("stack_limit"),
  core_limit: limit("core_limit"),
  open_files_limit: boundedLimit("open_files_limit"),
  output_limit: boundedLimit("output_limit"),
  disk_limit: limit("disk_limit"),
  disk_quota: limit("disk_quota"),
  enable_network: v.optional(v.boolean("must be true or false"), defaultConfig.enable_network),
  network: v.optional(v.picklist(networks, `must be one of ${networks.join(" ")}`), defaultConfig.network),
  environment: v.optional(
    v.array(
      v.strictTuple([v.pipe(v.string("must be text"), v.regex(/^[^=\0]+$/, "must be a variable name")), v.pipe(v.string("must be text"), v.regex(/^[^\0]*$/, "contains a NUL byte"))], "must be [name, value]"),
      "must be a list of [name, value]",
    ),
    defaultConfig.environment,
  ),
  seccomp: v.optional(v.picklist(seccompProfiles, `must be ${seccompProfiles.join(" or ")}`), defaultConfig.seccomp),
  allow: v.optional(v.array(v.picklist(permissions, `must be one of ${permissions.join(" ")}`), "must be a list"), defaultConfig.allow),
  allowed_syscalls: v.optional(v.nullable(v.array(syscallName, "must be a list")), defaultConfig.allowed_syscalls),
  cpu_shares: boundedLimit("cpu_shares"),
  cpus: v.optional(v.nullable(v.pipe(v.string("must be text"), v.regex(/^(auto|[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*)$/, "must be a list like 0,2-3, or auto"))), defaultConfig.cpus),
  mounts: v.optional(v.array(v.string("must be text"), "must be a list"), defaultConfig.mounts),
  strict: v.optional(v.boolean("must be true or false"), defaultConfig.strict),
  packs: v.optional(v.array(v.strictObject({ name: v.string(), origin: v.string(), sha256 })), defaultConfig.packs),
  packs_sha256: v.optional(v.nullable(sha256), defaultConfig.packs_sha256),
});

/** As {@link parseConfig} of config.ts, which is the way here. */
export function checkConfig(input: unknown, origin: string): IsolateConfig {
  const parsed = v.safeParse(ConfigSchema, input, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  const path = v.getDotPath(issue) ?? "(top level)";
  throw configError(`${origin}: ${path}: ${issue.message}`);
}
