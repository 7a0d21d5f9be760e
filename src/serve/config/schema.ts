/** The configuration of the service, as it is written in YAML. What each key means is in settings.ts. */
import * as v from "valibot";
import { limits } from "../../model/limits.ts";
import { dialects } from "../job.ts";
import { count, limitsForm, size, text, time } from "./forms.ts";

const [mebibyte, gibibyte, tebibyte] = [2 ** 20, 2 ** 30, 2 ** 40];
const [hour, day, year] = [3600, 86_400, 365 * 86_400];

const port = count(0, 65_535);
const texts = v.optional(v.array(text), []);

/** What is said for a part that the file has not got. */
function part<Entries extends v.ObjectEntries>(entries: Entries) {
  return v.optional(v.strictObject(entries), {} as never);
}

/** The word `none`, which is null. */
function orNone<Schema extends v.GenericSchema>(schema: Schema) {
  return v.union([v.pipe(v.literal("none"), v.transform(() => null)), schema]);
}

const name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9._@-]{1,64}$/, "must be 1 to 64 of A-Z a-z 0-9 . _ @ -"));

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-fA-F]{64}$/, "must be the SHA-256 of the key, in 64 hexadecimal digits: mini-isolate serve --make-key NAME makes both"), v.toLowerCase());

export const KeySchema = v.strictObject({
  name,
  sha256,
  scopes: v.optional(v.pipe(v.array(v.picklist(["run", "read", "admin"], "must be run, read or admin")), v.nonEmpty("must not be an empty list")), ["run", "read"]),
  languages: v.optional(orNone(v.array(text)), "none"),
  rate: v.optional(orNone(count(1, 10_000_000)), "none"),
  most_jobs: v.optional(orNone(count(1, 10_000_000)), "none"),
});

const usualRun = { time: 10, wall_time: 20, memory: "512MiB", processes: 64, file_size: "64MiB", stack: "64MiB", output: "8MiB", open_files: 1024, disk: "1GiB" } as const;
const mostRun = { time: 60, wall_time: 120, memory: "4GiB", processes: 1024, file_size: "1GiB", stack: "unlimited", output: "64MiB", open_files: 4096, disk: "4GiB" } as const;
const mostCompile = { time: 60, wall_time: 120, memory: "4GiB", processes: 1024, file_size: "1GiB", output: "64MiB" } as const;

export const ServeSchema = v.strictObject({
  host: v.optional(text, "127.0.0.1"),
  port: v.optional(port, 8080),
  host_names: texts,
  unix_socket: v.optional(orNone(text), "none"),
  dialects: v.optional(v.pipe(v.array(v.picklist(dialects, `must be one of ${dialects.join(" ")}`)), v.nonEmpty("must not be an empty list")), [...dialects]),
  ports: part(Object.fromEntries(dialects.map((dialect) => [dialect, v.optional(count(1, 65_535))])) as Record<(typeof dialects)[number], v.OptionalSchema<ReturnType<typeof count>, undefined>>),
  slots: v.optional(v.union([v.literal("cores"), count(0, 4096)]), "cores"),
  cpus: v.optional(orNone(text), "none"),
  data_dir: v.optional(text),
  state_dir: v.optional(text),
  store: v.optional(v.pipe(text, v.check((value) => value === "sqlite" || /^(rediss?|valkeys?):\/\//.test(value), "must be sqlite, or the address of a Redis or Valkey server such as redis://127.0.0.1:6379")), "sqlite"),
  sync: v.optional(v.picklist(["normal", "full"], "must be normal or full"), "normal"),
  packs: texts,
  insecure: v.optional(v.boolean(), false),
  keys: v.optional(v.array(KeySchema), []),
  bounds: part({
    body: v.optional(size(1024, 4 * gibibyte), "64MiB"),
    depth: v.optional(count(4, 10_000), 64),
    values: v.optional(count(100, 100_000_000), 250_000),
    files: v.optional(count(1, 100_000), 1000),
    tests: v.optional(count(1, 100_000), 1000),
    batch: v.optional(count(1, 100_000), 1000),
    wait: v.optional(time(1, hour), 60),
    job: v.optional(size(1024, 64 * gibibyte), "256MiB"),
    output: v.optional(size(1, limits.output_limit.max), "64MiB"),
    socket_message: v.optional(size(1024, gibibyte), "16MiB"),
  }),
  run: part({ usual: v.optional(limitsForm, {}), most: v.optional(limitsForm, {}) }),
  compile: part({ usual: v.optional(limitsForm, {}), most: v.optional(limitsForm, {}) }),
  network: v.optional(v.picklist(["none", "allowed"], "must be none or allowed"), "none"),
  queue: part({
    most: v.optional(count(1, 100_000_000), 10_000),
    most_wait: v.optional(orNone(time(1, 30 * day)), "none"),
    lease: v.optional(time(1, hour), 15),
    attempts: v.optional(count(1, 100), 3),
  }),
  results: part({
    keep: v.optional(time(1, year), "24h"),
    most_count: v.optional(count(1, 1_000_000_000), 1_000_000),
    most_size: v.optional(size(mebibyte, 64 * tebibyte), "10GiB"),
  }),
  callbacks: part({
    allowed: v.optional(v.boolean(), true),
    private_networks: texts,
    secrets: v.optional(v.array(v.pipe(v.string(), v.regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/, "must be whsec_ and Base64"))), []),
    timeout: v.optional(time(0.1, 600), 10),
    give_up: v.optional(time(1, 30 * day), "24h"),
  }),
  cors: part({ origins: v.optional(v.array(v.pipe(v.string(), v.regex(/^(\*|https?:\/\/[^/\s]+)$/, "must be an origin such as https://example.org, or *"))), []) }),
  tls: v.optional(orNone(v.strictObject({ cert: text, key: text })), "none"),
  trusted_proxies: texts,
  metrics: part({ port: v.optional(orNone(count(1, 65_535)), "none"), open: v.optional(v.boolean(), false) }),
  log: part({ level: v.optional(v.picklist(["info", "warn", "error", "silent"], "must be info, warn, error or silent"), "info") }),
  drain: part({ grace: v.optional(time(0, hour), 0), most: v.optional(time(0, day), 30) }),
  worker: part({ name: v.optional(name), labels: v.optional(v.record(v.string(), text), {}) }),
  judge0: part({
    base64_by_default: v.optional(v.boolean(), false),
    version: v.optional(text, "1.13.1"),
    maintenance: v.optional(orNone(text), "none"),
    most_batch: v.optional(count(1, 100_000), 20),
    wait_allowed: v.optional(v.boolean(), true),
    users: v.optional(v.array(sha256), []),
  }),
  go_judge: part({
    source_prefixes: texts,
    file_store: v.optional(size(mebibyte, 64 * tebibyte), "1GiB"),
    file_keep: v.optional(time(1, year), "1h"),
  }),
  piston: part({ version: v.optional(text, "3.1.1") }),
});

export type ServeOutput = v.InferOutput<typeof ServeSchema>;

/** Limits that the file does not say. They are read as if they stood in it. */
export const usualLimits = { run: { usual: usualRun, most: mostRun }, compile: { usual: {}, most: mostCompile } } as const;
