/** What a client of Piston asks for, checked in the order in which Piston checks it. */
import type { ServeConfig } from "../../config/config.ts";
import { HttpFault } from "../../http/dialect.ts";
import { clashOf, fileNameProblem, plainName } from "../file-name.ts";
import { type AskedLimits, readLimits } from "./limits.ts";
import { findRuntime, type Runtime, runtimesNamed } from "./runtimes.ts";

export interface PistonFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface ExecuteRequest {
  readonly runtime: Runtime;
  /** The first one is the one that is run. */
  readonly files: readonly PistonFile[];
  readonly stdin: string;
  readonly args: readonly string[];
  readonly limits: AskedLimits;
}

type Body = Readonly<Record<string, unknown>>;

interface WrittenFile {
  readonly name?: unknown;
  readonly content: string;
  readonly encoding?: unknown;
}

/** @throws HttpFault 400 for the first thing that is wrong */
export function readExecute(body: Body, runtimes: readonly Runtime[], config: Pick<ServeConfig, "run" | "compile" | "bounds">): ExecuteRequest {
  const { language, files } = body;
  if (typeof language !== "string" || language === "") throw refuse("language is required as a string");
  const version = versionOf(body["version"]);
  if (!Array.isArray(files)) throw refuse("files is required as an array");
  const written = files.map((file: unknown, index) => writtenFile(file, index));
  const runtime = findRuntime(runtimes, language, version);
  if (runtime === null) throw refuse(unknownRuntime(runtimes, language, version));
  const main = written.findIndex(({ encoding }) => !isBinary(encoding));
  if (main < 0) throw refuse("files must include at least one utf8 encoded file");
  const limits = readLimits(body, config, runtime.served);
  if (written.length > config.bounds.files) throw refuse(`files has ${written.length} files, at most ${config.bounds.files} are allowed`);
  const read = written.map(readFile);
  const first = read[main]!;
  const clash = clashOf(read.map(({ name }) => name));
  if (clash !== null) throw refuse(clash);
  return { runtime, files: [first, ...read.filter((file) => file !== first)], stdin: withNewline(stdinOf(body["stdin"])), args: argsOf(body["args"]), limits };
}

/** A version that is not said, and one that is empty, is any. */
function versionOf(version: unknown): string {
  if (version === undefined || version === null) return "*";
  if (typeof version !== "string") throw refuse("version is required as a string");
  return version;
}

function writtenFile(file: unknown, index: number): WrittenFile {
  const { content } = (file ?? {}) as Partial<WrittenFile>;
  if (typeof content !== "string") throw refuse(`files[${index}].content is required as a string`);
  return file as WrittenFile;
}

function unknownRuntime(runtimes: readonly Runtime[], language: string, version: string): string {
  const there = runtimesNamed(runtimes, language).map((runtime) => runtime.version);
  const known = there.length === 0 ? "" : ` (here: ${there.join(", ")})`;
  const absent = runtimes.find((runtime) => !runtime.served.isThere && (runtime.language === language || runtime.aliases.includes(language)));
  const why = there.length === 0 && absent !== undefined ? ` (${absent.served.problem})` : known;
  return `${language}-${version} runtime is unknown${why}`;
}

/** Anything else is text. */
function isBinary(encoding: unknown): encoding is "base64" | "hex" {
  return encoding === "base64" || encoding === "hex";
}

function readFile({ name, content, encoding }: WrittenFile, index: number): PistonFile {
  return { name: nameOf(name, index), bytes: isBinary(encoding) ? decode(content, encoding, index) : Buffer.from(content) };
}

function nameOf(name: unknown, index: number): string {
  if (name === undefined || name === null || name === "") return `file${index}.code`;
  if (typeof name !== "string") throw refuse(`files[${index}].name must be a string`);
  const problem = fileNameProblem(name);
  if (problem !== null) throw refuse(`files[${index}].name cannot be used: ${problem}`);
  return plainName(name);
}

function decode(content: string, encoding: "base64" | "hex", index: number): Uint8Array {
  const plain = content.replace(/\s+/g, "");
  const form = encoding === "hex" ? /^(?:[0-9A-Fa-f]{2})*$/ : /^[A-Za-z0-9+/_-]*={0,2}$/;
  if (!form.test(plain)) throw refuse(`files[${index}].content is no ${encoding}`);
  return Buffer.from(plain, encoding);
}

function stdinOf(stdin: unknown): string {
  if (stdin === undefined || stdin === null) return "";
  if (typeof stdin !== "string") throw refuse("stdin must be a string");
  return stdin;
}

/** A program that reads a line gets one. */
function withNewline(stdin: string): string {
  return stdin.endsWith("\n") ? stdin : `${stdin}\n`;
}

function argsOf(args: unknown): readonly string[] {
  if (args === undefined || args === null) return [];
  if (!Array.isArray(args)) throw refuse("args must be an array");
  return args.map((word: unknown, index) => {
    if (typeof word !== "string") throw refuse(`args[${index}] must be a string`);
    if (word.includes("\0")) throw refuse(`args[${index}] contains a NUL character`);
    return word;
  });
}

export function refuse(message: string): HttpFault {
  return new HttpFault(400, "invalid-request", message);
}
