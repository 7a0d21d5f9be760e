/** Why an address cannot be listened on, in words. */
import { isIP } from "node:net";
import { exitCodes, IsolateError, messageOf } from "../../model/errors.ts";

const known: Readonly<Record<string, readonly [text: string, hint: string]>> = {
  EADDRINUSE: ["address already in use", "another program listens there: choose another port"],
  EACCES: ["permission denied", "ports below 1024 need root or CAP_NET_BIND_SERVICE"],
  EADDRNOTAVAIL: ["cannot assign requested address", "no interface of this host has this address"],
};

/** @param shown the address, as people read it @param error what the runtime threw */
export function cannotListen(shown: string, error: unknown): IsolateError {
  const code = (error as { code?: string }).code ?? "";
  const words = known[code];
  return new IsolateError("Io", `cannot listen on ${shown}: ${words === undefined ? messageOf(error) : `${code} (${words[0]})`}`, { exitCode: exitCodes.unavailable, cause: error, ...(words === undefined ? {} : { hint: words[1] }) });
}

/** The runtime tells of a name without an address with the number of any earlier error. @throws IsolateError */
export async function checkAddress(host: string): Promise<void> {
  if (isIP(host) !== 0) return;
  const { lookup } = await import("node:dns/promises");
  try {
    await lookup(host);
  } catch (error) {
    throw new IsolateError("Io", `cannot listen on ${host}: the name has no address`, { exitCode: exitCodes.unavailable, cause: error, hint: "name an address of this host, such as 127.0.0.1 or 0.0.0.0" });
  }
}
