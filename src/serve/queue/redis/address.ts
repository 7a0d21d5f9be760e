/** The address of a store. */
import { configError } from "../../../model/errors.ts";

export interface StoreAddress {
  /** For the client. */
  readonly url: string;
  /** Without the password, for people. */
  readonly shown: string;
  /** Of every name in the store. The part in braces keeps all of them together. */
  readonly prefix: string;
}

const schemes = ["redis:", "rediss:", "valkey:", "valkeys:"];

/**
 * `redis://user:password@host:6379/0?prefix=name`, `rediss://` with TLS.
 * @throws IsolateError of kind Config when it is none
 */
export function storeAddress(text: string): StoreAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !schemes.includes(url.protocol)) throw configError("the store is no address of Redis or Valkey", "such as redis://127.0.0.1:6379");
  const prefix = url.searchParams.get("prefix") ?? "mini-isolate";
  if (!/^[\w.-]{1,64}$/.test(prefix)) throw configError(`the prefix \`${prefix}\` of the store has other characters than letters, digits and \`_.-\``);
  const others = [...url.searchParams.keys()].filter((name) => name !== "prefix");
  if (others.length > 0) throw configError(`the store's address has an unknown part \`${others[0]}\``, "after the question mark stands prefix=NAME alone");
  url.search = "";
  const shown = new URL(url);
  [shown.username, shown.password] = ["", ""];
  return { url: url.toString(), shown: shown.toString(), prefix: `{${prefix}}:` };
}
