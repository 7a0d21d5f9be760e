/** A result on its way into the store. */
import { IsolateError } from "../../../model/errors.ts";
import type { JobResult } from "../../outcome.ts";
import { referredContents } from "../referred-contents.ts";
import type { RedisContents } from "./contents.ts";
import { hashesOf } from "./records.ts";

/**
 * The result as JSON, when its long contents are in the store. One that the store does not take is a fault of the host: it would not be taken
 * later either.
 * @throws StoreFault
 */
export async function sharedResult(store: RedisContents, result: JobResult): Promise<{ readonly json: string; readonly refs: string }> {
  const json = JSON.stringify(result);
  const contents = referredContents(result, json);
  try {
    for (const content of contents) await store.share(content);
    return { json, refs: hashesOf(contents) };
  } catch (error) {
    if (!(error instanceof IsolateError)) throw error;
    return { json: JSON.stringify({ ...result, outcome: "failed", problem: error.message, status: "InternalError", compile: null, tests: [], commands: [] }), refs: "" };
  }
}
