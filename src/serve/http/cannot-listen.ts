/** Why an address cannot be listened on, in words. */
import { exitCodes, IsolateError, messageOf } from "../../model/errors.ts";

const hints: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there: choose another port",
  EACCES: "ports below 1024 need root or CAP_NET_BIND_SERVICE",
  EADDRNOTAVAIL: "no interface of this host has this address",
};

/** @param shown the address, as people read it @param error what the runtime threw */
export function cannotListen(shown: string, error: unknown): IsolateError {
  const code = (error as { code?: string }).code ?? "";
  const hint = hints[code];
  const why = code === "EADDRINUSE" ? "EADDRINUSE (address already in use)" : messageOf(error);
  return new IsolateError("Io", `cannot listen on ${shown}: ${why}`, { exitCode: exitCodes.unavailable, cause: error, ...(hint === undefined ? {} : { hint }) });
}
