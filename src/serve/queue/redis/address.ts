/** The address of a store. */
import { readFileSync } from "node:fs";
import { configError, messageOf } from "../../../model/errors.ts";

export interface StoreAddress {
  /** For the client. */
  readonly url: string;
  /** Without the password, for people. */
  readonly shown: string;
  /** Of every name in the store. The part in braces keeps all of them together. */
  readonly prefix: string;
  /** Certificates (PEM) of those who may sign the server's, for TLS; null: those that the runtime trusts. */
  readonly ca: string | null;
}

const schemes = ["redis:", "rediss:", "valkey:", "valkeys:"];

/**
 * `redis://user:password@host:6379/0?prefix=name`; `rediss://` with TLS, there `ca=FILE` names certificates.
 * @throws IsolateError of kind Config when it is none
 */
export function storeAddress(text: string): StoreAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !schemes.includes(url.protocol)) throw configError("the store is no address of Redis or Valkey", "such as redis://127.0.0.1:6379");
  const prefix = url.searchParams.get("prefix") ?? "mini-isolate";
  if (!/^[\w.-]{1,64}$/.test(prefix)) throw configError(`the prefix \`${prefix}\` of the store has other characters than letters, digits and \`_.-\``);
  const others = [...url.searchParams.keys()].filter((name) => name !== "prefix" && name !== "ca");
  if (others.length > 0) throw configError(`the store's address has an unknown part \`${others[0]}\``, "after the question mark stand prefix=NAME and ca=FILE alone, with & between them");
  const file = url.searchParams.get("ca");
  if (file !== null && url.protocol !== "rediss:" && url.protocol !== "valkeys:") throw configError("the store's address names certificates, but not TLS", "write rediss:// in place of redis://");
  url.search = "";
  const shown = new URL(url);
  [shown.username, shown.password] = ["", ""];
  return { url: url.toString(), shown: shown.toString(), prefix: `{${prefix}}:`, ca: file === null ? null : readCertificates(file) };
}

function readCertificates(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw configError(`cannot read the certificates ${path} of the store: ${messageOf(error)}`);
  }
}
