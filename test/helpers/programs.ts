/** The fixture programs: compiled once, shared by all test files, copied into boxes. */
import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import type { State } from "./binary.ts";

const fixtures = join(import.meta.dir, "../fixtures");
const uid = process.getuid?.() ?? 0;
const cache = `/tmp/mini-isolate-fixtures-${uid}`;
const gcc = ["/usr/bin/gcc", "-O1", "-static", "-pthread", "-w"];

const compiled = new Map<string, Promise<string>>();

/**
 * Compiles test/fixtures/programs/`name`.c, static, unless a program of the same source and flags is there already.
 * @param name with a directory in it (`attacks/name`) a source of another directory of test/fixtures
 * @returns the path of the executable; it must not be changed
 */
export function program(name: string): Promise<string> {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const made = compile(name);
  compiled.set(name, made);
  return made;
}

async function compile(name: string): Promise<string> {
  const source = join(fixtures, `${name.includes("/") ? "" : "programs/"}${name}.c`);
  const headers = [...new Bun.Glob("*.h").scanSync({ cwd: dirname(source), absolute: true }), join(fixtures, "programs/fixture.h")];
  const hash = createHash("sha256");
  for (const part of [gcc.join(" "), ...[source, ...headers.toSorted()].map((path) => readFileSync(path))]) hash.update(part);
  const target = join(ownCache(), `${basename(name)}-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(target)) return target;
  const unfinished = `${target}.${process.pid}`;
  const gone = Bun.spawn([...gcc, "-o", unfinished, source], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const messages = await new Response(gone.stderr).text();
  if ((await gone.exited) !== 0) throw new Error(`cannot compile ${source}: ${messages}`);
  renameSync(unfinished, target);
  return target;
}

/** A directory for what is expensive to make. Root runs what is in there, and /tmp is a place where others can get first. */
export function ownCache(): string {
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const stat = lstatSync(cache);
  if (!stat.isDirectory() || stat.uid !== uid || (stat.mode & 0o022) !== 0) throw new Error(`${cache} is not a directory of our own`);
  return cache;
}

export interface BoxOptions {
  readonly id?: string;
  /** Further flags of `init`. */
  readonly init?: readonly string[];
  /** Variables that `init` gets besides. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Box {
  readonly id: string;
  /** Where the box's working directory is on the host. */
  readonly directory: string;
}

/** Makes a box with `init` and puts programs into its working directory, to be run as `./name`. */
export async function boxWith(state: State, programs: readonly string[], { id = "0", init = [], env = {} }: BoxOptions = {}): Promise<Box> {
  const paths = await Promise.all(programs.map(program));
  const made = await state.mini(["init", "--box-id", id, ...init], { env });
  if (made.exitCode !== 0) throw new Error(`init failed with ${made.exitCode}: ${made.stderr}`);
  const directory = made.stdout.trimEnd();
  for (const [at, name] of programs.entries()) {
    const inside = join(directory, basename(name));
    copyFileSync(paths[at]!, inside);
    chmodSync(inside, 0o755);
  }
  state.uids.add(lstatSync(directory).uid);
  state.uids.delete(0);
  return { id, directory };
}
