/** Runs command lines of `isolate`, ours or another one's, and puts what is compared into one text. */
import { copyFileSync, chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binaryPath, plainPath } from "../helpers/binary.ts";
import { program } from "../helpers/programs.ts";
import { start, type Outcome } from "../helpers/running.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";
import type { CompatBox, CompatCase, CompatStep } from "./cases.ts";

export interface Isolate {
  /** The beginning of every command line. */
  readonly command: readonly string[];
  readonly boxRoot: string;
  readonly firstUid: number;
  readonly env: Readonly<Record<string, string>>;
  readonly scratch: string;
  remove(): void;
}

const worker = Number(Bun.env["BUN_TEST_WORKER_ID"] ?? 0);

/** A uid that only the boxes of this process have. */
export const firstUid = 45_000 + 500 * (worker % 8);

export interface OursOptions {
  readonly dialect?: 1 | 2;
  /** Further lines of the configuration. */
  readonly config?: string;
  /** What the command line begins with, in place of `mini-isolate isolate`. */
  readonly command?: readonly string[];
}

/** Ours, or a client of a keeper (MINI_ISOLATE_COMPAT_CLIENT, a path that ends with /isolate). */
const usual = Bun.env["MINI_ISOLATE_COMPAT_CLIENT"] === undefined ? [binaryPath, "isolate"] : [Bun.env["MINI_ISOLATE_COMPAT_CLIENT"]];

/** Ours, with a configuration and a directory of boxes of its own. */
export function ours({ dialect = 1, config = "", command = usual }: OursOptions = {}): Isolate {
  const base = makeTestDirectory("compat");
  chmodSync(base, 0o755);
  const scratch = join(base, "scratch");
  mkdirSync(scratch);
  const boxRoot = join(base, "boxes");
  const path = join(base, "isolate.conf");
  writeFileSync(path, `box_root = ${boxRoot}\nlock_root = ${base}/locks\ncg_root = /sys/fs/cgroup\nfirst_uid = ${firstUid}\nfirst_gid = ${firstUid}\nnum_boxes = 500\ncompat = ${dialect}\n${config}`);
  return { command, boxRoot, firstUid, env: { ISOLATE_CONFIG: path }, scratch, remove: () => rmSync(base, { recursive: true, force: true }) };
}

/** The one that REFERENCE_ISOLATE names, with the configuration that it was built for. */
export function reference(binary: string): Isolate {
  const text = readFileSync("/usr/local/etc/isolate", "utf8");
  const value = (key: string) => new RegExp(`^${key}\\s*=\\s*(.*)$`, "m").exec(text)?.[1] ?? "";
  const base = makeTestDirectory("compat");
  chmodSync(base, 0o755);
  const scratch = join(base, "scratch");
  mkdirSync(scratch);
  mkdirSync(value("box_root"), { recursive: true });
  return { command: [binary], boxRoot: value("box_root"), firstUid: Number(value("first_uid")), env: {}, scratch, remove: () => rmSync(base, { recursive: true, force: true }) };
}

export function placeOf(isolate: Isolate, id: number): CompatBox {
  const home = join(isolate.boxRoot, String(id));
  return { home, work: join(home, "box"), scratch: isolate.scratch };
}

/** One command. */
export function call(isolate: Isolate, args: readonly string[], options: Pick<CompatStep, "env" | "input"> & { readonly cwd?: string } = {}): ReturnType<typeof start> {
  // The loader's cache of the shell and what else a caller has is not handed on.
  return start([...isolate.command, ...args], { env: { PATH: plainPath, ...isolate.env, ...options.env }, ...(options.input === undefined ? {} : { input: options.input }), cwd: options.cwd ?? "/" });
}

export async function init(isolate: Isolate, id: number, ...flags: readonly string[]): Promise<CompatBox> {
  const outcome = await call(isolate, ["-b", String(id), ...flags, "--init"]).ended;
  if (outcome.exitCode !== 0) throw new Error(`init failed: ${outcome.stderr}`);
  const box = placeOf(isolate, id);
  await putTool(box);
  return box;
}

async function putTool({ work }: CompatBox): Promise<void> {
  copyFileSync(await program("compat/tool"), join(work, "tool"));
  chmodSync(join(work, "tool"), 0o755);
}

/** @returns what is compared, numbers masked */
export async function perform(isolate: Isolate, id: number, one: CompatCase): Promise<string> {
  const box = placeOf(isolate, id);
  const parts: string[] = [];
  for (const step of one.steps) {
    if (existsSync(box.work)) await putTool(box);
    step.before?.(box);
    const metaPath = join(isolate.scratch, "meta");
    if (!step.args.includes("META")) rmSync(metaPath, { force: true });
    const args = step.args.map((word) => word.replace(/^META$/, metaPath).replace("SCRATCH", isolate.scratch));
    const running = call(isolate, ["-b", String(id), ...args], step);
    if (step.signal !== undefined) {
      await running.prints("running");
      running.kill(step.signal);
    }
    const outcome = await running.ended;
    const meta = existsSync(metaPath) && step.args.includes("META") ? readFileSync(metaPath, "utf8") : null;
    parts.push(textOf(isolate, step, outcome, meta, step.shows?.(box) ?? null));
  }
  return parts.join("\n");
}

function textOf(isolate: Isolate, step: CompatStep, { exitCode, stdout, stderr }: Outcome, meta: string | null, shown: string | null): string {
  const lines = (prefix: string, text: string | null) => (text === null || text === "" ? [] : text.replace(/\n$/, "").split("\n").map((line) => `${prefix}|${line}`));
  const printed = stdout.startsWith("Usage: ") ? "USAGE\n" : stdout;
  return `${[
    `$ ${[...step.args, ...(step.signal === undefined ? [] : [`(${step.signal})`])].join(" ")}`, `rc ${exitCode}`, ...lines("out", masked(isolate, printed)), ...lines("err", masked(isolate, stderr)),
    ...(meta === "" ? ["meta is empty"] : lines("meta", meta === null ? null : maskedMeta(meta))), ...lines("shown", shown),
  ].join("\n")}\n`;
}

export function maskedMeta(meta: string): string {
  return meta.replace(/^(time|time-wall):\d+\.\d{3}$/gm, "$1:N").replace(/^(max-rss|csw-voluntary|csw-forced|cg-mem):\d+$/gm, "$1:N");
}

function masked(isolate: Isolate, text: string): string {
  return maskedMeta(text.replace(/^ISOLATE_CONFIG=.*\n/gm, ""))
    .replaceAll(isolate.boxRoot, "BOXROOT").replaceAll(isolate.scratch, "SCRATCH")
    .replace(/\d+\.\d{3} sec/g, "N sec").replace(/child \d+/g, "child N").replace(/^\S*isolate: (?=option|unrecognized|invalid)/gm, "isolate: ").replace(/\(allowed: 0-\d+\)/, "(allowed: 0-N)")
    .replace(/box-\d+/g, "box-N").replace(/BOXROOT\/\d+/g, "BOXROOT/N");
}
