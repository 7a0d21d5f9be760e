/** What the checker of a job says of an output. What goes wrong with it is never a verdict about the program. */
import { memoryFile } from "../../kernel/memory-file.ts";
import { closeDescriptor, openAt } from "../../kernel/files.ts";
import { AT_FDCWD, O } from "../../kernel/constants.ts";
import { IsolateError, messageOf } from "../../model/errors.ts";
import { compareBy } from "../../judge/compare/compare-by.ts";
import { builtInCheck, type CheckRecord } from "../../judge/records.ts";
import { inlineBytes, type Content } from "../content.ts";
import type { JobTest, ProgramWork } from "../job.ts";
import type { ProgramChecker } from "./program-checker.ts";
import type { Surroundings } from "./surroundings.ts";

/** The checker of one job. A program of the caller's is compiled once, in a box of its own. */
export class OutputChecker implements AsyncDisposable {
  readonly #work: Pick<ProgramWork, "checker" | "files">;
  readonly #around: Surroundings;
  #program: Promise<ProgramChecker> | null = null;

  constructor(work: Pick<ProgramWork, "checker" | "files">, around: Surroundings) {
    [this.#work, this.#around] = [work, around];
  }

  /**
   * Compiles a checker that is a program, so that nothing runs in vain.
   * @returns why it cannot be used, for people; null: it can @throws IsolateError for faults of the host
   */
  async prepare(): Promise<string | null> {
    if (this.#work.checker?.kind !== "program") return null;
    try {
      await this.#ready();
      return null;
    } catch (error) {
      if (!(error instanceof IsolateError) || error.aboutHost) throw error;
      return `the checker cannot be used: ${error.message}`;
    }
  }

  /**
   * @param output what the program wrote; a test without an expected output has one of no bytes
   * @returns kind `failed` for a fault of the checker @throws IsolateError for faults of the host
   */
  async check(output: Content, test: JobTest): Promise<CheckRecord> {
    const { checker } = this.#work;
    try {
      if (checker?.kind === "program") return await (await this.#ready()).check(output, test);
    } catch (error) {
      if (!(error instanceof IsolateError) || error.aboutHost) throw error;
      return builtInCheck("failed", `the checker failed: ${messageOf(error)}`);
    }
    const ours = await this.#open(output, "output");
    try {
      const theirs = await this.#open(test.expected ?? { text: "" }, "expected output");
      try {
        return await compareBy(checker?.name ?? "lines", ours, theirs, checker?.args ?? [], async () => void (await this.#around.loop.wait([], 0)));
      } finally {
        closeDescriptor(theirs);
      }
    } finally {
      closeDescriptor(ours);
    }
  }

  /** Its boxes go. @throws IsolateError when one cannot be removed */
  async [Symbol.asyncDispose](): Promise<void> {
    const program = await this.#program?.catch(() => null);
    await program?.close();
  }

  #ready(): Promise<ProgramChecker> {
    return (this.#program ??= this.#openProgram());
  }

  async #openProgram(): Promise<ProgramChecker> {
    const { checker, files } = this.#work;
    if (checker?.kind !== "program") throw new Error("the checker is no program");
    const { ProgramChecker: Opened } = await import("./program-checker.ts");
    return await Opened.open(checker, files[0]?.content ?? null, this.#around);
  }

  async #open(content: Content, what: string): Promise<number> {
    const bytes = inlineBytes(content);
    if (bytes !== null) return memoryFile(what, bytes, false);
    const path = await this.#around.contents.path(content);
    if (path === null) throw new IsolateError("Io", `the ${what} of the test is gone`, { hint: "send the job again", aboutHost: true });
    return openAt(AT_FDCWD, path, O.RDONLY | O.NOFOLLOW);
  }
}
