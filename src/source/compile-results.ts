/** What a compiler left in its directory: carried over into the box, and removed. */
import type { Owner } from "../box/box.ts";
import { ArtefactFault, carryOver, isDirectory, withDirectory, withWorkdir } from "../box/files.ts";
import { removeTree } from "../box/remove-tree.ts";
import type { CompilePlan } from "../language/plan-source.ts";
import type { Isolation } from "../executor/plan/spec.ts";
import { type IsolateError, messageOf } from "../model/errors.ts";
import type { RunOptions } from "../model/request.ts";
import type { CompileResult } from "../model/result.ts";
import { productFault } from "./product.ts";
import type { Compiled } from "./source-request.ts";

/** Below the home of a box, while a compiler runs. */
export const compileDirectory = "compile";

export interface CarryOptions {
  readonly owner: Owner | null;
  /** What the results may have together; null: anything. */
  readonly mostBytes: number | null;
  readonly isolation: Isolation;
  /** What is to be said of something that the host did not do. Throws what is a mistake in this program. */
  readonly faultOf: (error: unknown) => IsolateError;
}

/**
 * Copies what a compiler that ended well has left into the box.
 * @returns null, or what is wrong: with what the compiler left, or on the host; there is a result of the step to deliver either way
 */
export function carryResults(from: string, to: string, { artefacts, products }: Pick<CompilePlan, "artefacts" | "products">, { owner, mostBytes, isolation, faultOf }: CarryOptions): Pick<CompileResult, "status" | "limit" | "error_message"> | null {
  const byCompiler = (error_message: string) => ({ status: "RuntimeError", limit: null, error_message }) as const;
  try {
    const fault = withWorkdir(from, (compiled) => productFault(compiled, products));
    if (fault !== null) return byCompiler(fault);
    const copied = withWorkdir(from, (compiled) => withWorkdir(to, (box) => carryOver(compiled, box, artefacts, owner, mostBytes)));
    return copied > 0 ? null : byCompiler(`the compiler ended without an error and left no ${artefacts.join(" or ")}`);
  } catch (error) {
    if (error instanceof ArtefactFault) return { ...byCompiler(error.message), limit: error.isTooLarge ? "disk" : null };
    // Without namespaces a compiler can remove or replace the directory that it works in.
    if (isolation === "none" && !isDirectory(from)) return byCompiler("the compiler removed the directory that it worked in");
    const { message, hint } = faultOf(error);
    return { status: "InternalError", limit: null, error_message: hint === null ? message : `${message} (${hint})` };
  }
}

/** What was compiled earlier, into the box. @param to its working directory @throws IsolateError when the box cannot take it, SyscallError */
export function placeCompiled({ directory, result }: Compiled, to: string, { artefacts }: Pick<CompilePlan, "artefacts">, owner: Owner | null, mostBytes: number | null): CompileResult {
  withWorkdir(directory, (from) => withWorkdir(to, (box) => carryOver(from, box, artefacts, owner, mostBytes)));
  return result;
}

/** Never fails: the result of the step must not be lost because its directory stays. The next compile step tries again, and so does cleanup. */
export function removeCompileDirectory(home: string, { warn }: Pick<RunOptions, "warn">): void {
  try {
    withDirectory(home, (directory) => removeTree(directory, compileDirectory));
  } catch (error) {
    warn?.(`cannot remove ${home}/${compileDirectory}: ${messageOf(error)}`);
  }
}
