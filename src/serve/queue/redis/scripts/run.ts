/** Runs scripts in the store. */
import type { Raw } from "../connection.ts";
import { common } from "./common.ts";

/** A script that the store may know already. */
export interface Script {
  readonly text: string;
  readonly sha1: string;
}

/**
 * @param body what stands after the common part
 * @param inNeed it is run although the memory of the store is full: it frees some, or keeps what was done. All others are refused before
 * they begin.
 */
export function script(body: string, inNeed = true): Script {
  const text = `#!lua${inNeed ? " flags=allow-oom" : ""}\n${common}${body}\n`;
  return { text, sha1: new Bun.CryptoHasher("sha1").update(text).digest("hex") };
}

/** The store knows them from then on: what is sent one after the other is done one after the other, which a script that has to be sent twice is not. */
export async function loadScripts(client: Raw, scripts: readonly Script[]): Promise<void> {
  const known = (await client.send("SCRIPT", ["EXISTS", ...scripts.map(({ sha1 }) => sha1)])) as number[];
  for (const [index, { text }] of scripts.entries()) if (known[index] !== 1) await client.send("SCRIPT", ["LOAD", text]);
}

/** @returns what the script does, with numbers and lists as JavaScript has them */
export async function runScript(client: Raw, prefix: string, { text, sha1 }: Script, args: readonly (string | number)[]): Promise<unknown> {
  const rest = ["1", prefix, ...args.map(String)];
  try {
    return await client.send("EVALSHA", [sha1, ...rest]);
  } catch (error) {
    // The store was started anew, or somebody emptied it.
    if (!(error instanceof Error) || !error.message.includes("NOSCRIPT")) throw error;
    return await client.send("EVAL", [text, ...rest]);
  }
}
