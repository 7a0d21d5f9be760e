/** Makes programs of the jury ready: each is found and compiled, or built, once. */
import type { IsolateConfigInput } from "../../config/config.ts";
import { Isolate } from "../../instance/isolate.ts";
import type { StoreOptions } from "../../instance/options.ts";
import type { Language } from "../../language/language.ts";
import type { RunOptions } from "../../model/request.ts";
import type { StagedFile } from "../../source/cache/compile-key.ts";
import type { Constants } from "../constants.ts";
import type { Problem, ProblemLimits, Program } from "../problem.ts";
import { compileFault } from "./faults.ts";
import { findProgram } from "./find-program.ts";
import type { ReadyProgram } from "./jury-run.ts";
import { builtCommand, commandOf, placeTree } from "./program-tree.ts";

const nothing = { kind: "empty" } as const;
/** Of a `build`, where the package does not say. */
const buildSeconds = 60;
const buildMemory = 2 * 2 ** 30;
const buildProcesses = 1000;
const buildBytes = 2 ** 30;

export class ReadyPrograms {
  readonly #limits: ProblemLimits;
  readonly #constants: Constants | undefined;
  readonly #config: IsolateConfigInput;
  readonly #store: StoreOptions;
  readonly #options: () => RunOptions;
  /** What was compiled and built stays in the boxes that it was made in; nothing else runs there. */
  readonly #workshops: Isolate[] = [];
  readonly #programs = new Map<string, Promise<ReadyProgram>>();
  readonly #languages = new Map<string, Promise<readonly Language[]>>();
  /** In place of those of packs. */
  readonly #given: readonly Language[] | undefined;

  /**
   * @param config of the boxes of the jury
   * @param languages that programs may be in, whatever their packs say; left out: those of their packs
   */
  constructor({ limits, constants }: Pick<Problem, "limits" | "constants">, config: IsolateConfigInput, store: StoreOptions, options: () => RunOptions, languages?: readonly Language[]) {
    [this.#limits, this.#constants, this.#store, this.#options, this.#given] = [limits, constants, store, options, languages];
    this.#config = { ...config, process_limit: buildProcesses, file_size_limit: null, disk_limit: buildBytes };
  }

  /** @throws IsolateError of kind Config for a program that cannot be read or has no language; with exit code 5 when it does not compile */
  ready(program: Program): Promise<ReadyProgram> {
    const key = JSON.stringify(program);
    const ready = this.#programs.get(key) ?? this.#prepare(program);
    this.#programs.set(key, ready);
    return ready;
  }

  close(): void {
    for (const box of this.#workshops) box.cleanup();
  }

  async #prepare(program: Program): Promise<ReadyProgram> {
    const { path } = program;
    const found = findProgram(program, await this.#languagesOf(program.packs), this.#constants);
    if (found.kind === "tree") {
      const made = found.isBuilt ? await this.#build(path, found.files) : { built: null, command: commandOf(found.files.find(({ name }) => name === "run")!.bytes, "run") };
      return { path, compile: null, start: { kind: "tree", files: found.files, ...made } };
    }
    const box = this.#workshop();
    const plan = (await box.explainSource(found.request, this.#options())) as { readonly compile: unknown };
    if (plan.compile === null) return { path, compile: null, start: { kind: "source", request: found.request } };
    const result = await box.runSource({ ...found.request, onlyCompile: true }, nothing, this.#options());
    if (result.status !== "Success" || result.compile === null) throw compileFault(path, "compile", result);
    return { path, compile: result.compile, start: { kind: "source", request: { ...found.request, compiled: { directory: box.workdir, result: result.compile } } } };
  }

  async #build(path: string, files: readonly StagedFile[]): Promise<{ readonly built: string; readonly command: readonly string[] }> {
    const box = this.#workshop();
    const seconds = this.#limits.compilationTime ?? buildSeconds;
    const result = await box.run(commandOf(files.find(({ name }) => name === "build")!.bytes, "build"), nothing, {
      ...this.#options(),
      overrides: { maxCpu: seconds, maxTime: 2 * seconds + 1, maxMemory: this.#limits.compilationMemory ?? buildMemory },
      visit: { before: ({ workdir, owner }) => placeTree(workdir, files, null, owner) },
    });
    const command = result.status === "Success" ? builtCommand(box.workdir) : null;
    if (command === null) throw compileFault(path, "build", result);
    return { built: box.workdir, command };
  }

  #workshop(): Isolate {
    const box = Isolate.temporary(this.#config, this.#store);
    this.#workshops.push(box);
    return box;
  }

  #languagesOf(packs: readonly string[]): Promise<readonly Language[]> {
    if (this.#given !== undefined) return Promise.resolve(this.#given);
    const key = packs.join("\0");
    const known = this.#languages.get(key) ?? this.#load(packs);
    this.#languages.set(key, known);
    return known;
  }

  async #load(packs: readonly string[]): Promise<readonly Language[]> {
    const { languages, problems } = await Isolate.languages(packs);
    for (const problem of problems) this.#options().warn?.(problem);
    return languages;
  }
}
