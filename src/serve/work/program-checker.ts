/** A checker that is a program of the caller's: compiled in a box, and run in another one for each test. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { check } from "../../judge/checkers/check.ts";
import { noLimits, type Program } from "../../judge/problem.ts";
import type { OutputFile } from "../../judge/output-file.ts";
import type { ReadyProgram } from "../../judge/programs/jury-run.ts";
import { Jury } from "../../judge/programs/jury.ts";
import type { CheckRecord } from "../../judge/records.ts";
import { copyAll } from "../../kernel/files-copy.ts";
import { closeDescriptor, openAt, setPosition, writeFully } from "../../kernel/files.ts";
import { AT_FDCWD, O } from "../../kernel/constants.ts";
import { configError, IsolateError } from "../../model/errors.ts";
import { inlineBytes, type Content } from "../content.ts";
import type { JobChecker, JobFile, JobTest } from "../job.ts";
import type { Surroundings } from "./surroundings.ts";

type Asked = Extract<JobChecker, { kind: "program" }>;

/** What points are out of, as each protocol is used where a problem does not say it. */
const scales = { kattis: 1, domjudge: 1, testlib: "auto", cms: 1, syzoj: 100, hustoj: 1, lemon: "test", qduoj: 1 } as const satisfies Record<Asked["protocol"], unknown>;

/** A slot is held as long as a checker runs. Seconds and bytes. */
const usualSeconds = 10;
const usualMemory = 1024 * 2 ** 20;

export class ProgramChecker {
  readonly #asked: Asked;
  readonly #around: Surroundings;
  readonly #jury: Jury;
  readonly #ready: ReadyProgram;
  /** Of the submission; null: it has none. */
  readonly #source: string | null;
  readonly #output: OutputFile;
  readonly #kept: readonly OutputFile[];

  private constructor(asked: Asked, around: Surroundings, jury: Jury, ready: ReadyProgram, source: string | null, kept: readonly OutputFile[]) {
    [this.#asked, this.#around, this.#jury, this.#ready, this.#source, this.#kept] = [asked, around, jury, ready, source, kept];
    this.#output = jury.outputFile();
  }

  /**
   * @param source of the submission, for checkers that look at it
   * @throws IsolateError for a checker that does not compile or cannot be used, and for faults of the host
   */
  static async open(asked: Asked, source: Content | null, around: Surroundings): Promise<ProgramChecker> {
    const { limits = {}, files } = asked;
    const [seconds, memory] = [limits.cpu_time_limit ?? limits.time_limit ?? usualSeconds, limits.memory_limit ?? usualMemory];
    const jury = new Jury({
      boxes: 1,
      problem: { limits: { ...noLimits, validationTime: seconds, validationMemory: memory } },
      languages: around.languages,
      loop: around.loop,
      signals: () => around.signals(),
      warn: around.warn,
      ...(around.stateDir === undefined ? {} : { stateDir: around.stateDir }),
    });
    const kept: OutputFile[] = [];
    try {
      const ready = await jury.prepare(await written(files, asked.language, jury, around));
      return new ProgramChecker(asked, around, jury, ready, source === null ? null : await pathOf(source, jury, around, kept), kept);
    } catch (error) {
      for (const file of kept) file.close();
      await jury.close();
      throw error;
    }
  }

  /** @throws IsolateError */
  async check(output: Content, { stdin, expected }: JobTest): Promise<CheckRecord> {
    const { protocol, args } = this.#asked;
    const copies: OutputFile[] = [];
    const path = async (content: Content) => await pathOf(content, this.#jury, this.#around, copies);
    try {
      this.#output.empty();
      await fill(this.#output.fd, output, this.#around);
      const { record } = await check(this.#jury, {
        protocol,
        program: this.#ready,
        scale: scales[protocol],
        test: { checkerArgs: args, points: null },
        input: await path(stdin),
        answer: expected === null ? null : await path(expected),
        output: this.#output,
        source: this.#source,
        cpus: this.#around.cpus,
        pass: null,
      });
      return { ...record, message: record.message?.replaceAll(`${dirname(this.#ready.path)}/`, "") ?? null };
    } finally {
      for (const copy of copies) copy.close();
    }
  }

  async close(): Promise<void> {
    for (const file of [this.#output, ...this.#kept]) file.close();
    await this.#jury.close();
  }
}

/** Its files, in a directory that nobody else has and that goes with the jury. */
async function written(files: readonly JobFile[], language: string, jury: Jury, around: Surroundings): Promise<Program> {
  if (files.length === 0) throw configError("the checker has no source");
  const first = jury.outputFile();
  first.close();
  const place = join(dirname(first.path!), "checker");
  mkdirSync(place, { mode: 0o700 });
  const names = files.map(({ name }) => nameBelow(name));
  for (const [at, { content }] of files.entries()) {
    const [bytes, path] = [await around.contents.get(content), join(place, names[at]!)];
    if (bytes === null) throw gone(`file ${names[at]} of the checker`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  const beside = new Set(names.slice(1).map((name) => join(place, name.split("/")[0]!)));
  return { path: join(place, names[0]!), language, added: [...beside], packs: [], root: place };
}

/** @throws IsolateError: it is not below the directory of the program */
function nameBelow(name: string): string {
  const plain = posix.normalize(name);
  if (name.includes("\0") || plain === "." || plain === ".." || /^\.\.\/|^\/|\/$/.test(plain)) throw configError(`cannot use ${JSON.stringify(name)} as the name of a file of the checker`, "give a name below its directory");
  return plain;
}

/** @param copies gets the file that was made for it */
async function pathOf(content: Content, jury: Jury, around: Surroundings, copies: OutputFile[]): Promise<string> {
  const path = await around.contents.path(content);
  if (path !== null) return path;
  const file = jury.outputFile();
  copies.push(file);
  await fill(file.fd, content, around);
  return file.path!;
}

async function fill(fd: number, content: Content, { contents }: Surroundings): Promise<void> {
  const bytes = inlineBytes(content);
  if (bytes !== null) writeFully(fd, bytes);
  else {
    const path = await contents.path(content);
    if (path === null) throw gone("content of the test");
    const source = openAt(AT_FDCWD, path, O.RDONLY | O.NOFOLLOW);
    try {
      copyAll(source, fd);
    } finally {
      closeDescriptor(source);
    }
  }
  setPosition(fd, 0);
}

const gone = (what: string) => new IsolateError("Io", `the ${what} is gone`, { hint: "send the job again", aboutHost: true });
