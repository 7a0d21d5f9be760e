/**
 * By which name the service was called. A page whose name is made to lead to 127.0.0.1 (DNS rebinding) is of the same site as the service, for its
 * browser; what it cannot do is to call the service by another name than its own.
 */
import { isIP } from "node:net";
import type { ServeConfig } from "../config/config.ts";
import { isLoopback } from "../config/to-config.ts";
import { HttpFault } from "./dialect.ts";

/** @throws HttpFault 421: by a name that nobody said is ours */
export function checkName(url: URL, { keys, host, hostNames }: Pick<ServeConfig, "keys" | "host" | "hostNames">): void {
  // Elsewhere a page would need a key, or may do what everybody there may do.
  if (keys.length > 0 || !isLoopback(host)) return;
  const name = url.hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  if (isIP(name) !== 0 || name === "localhost" || name.endsWith(".localhost") || name === host.toLowerCase() || hostNames.includes(name)) return;
  throw new HttpFault(421, "unknown-host", `the service is not known by the name ${name}: host_names of the configuration lists its names, and with keys any name will do`);
}
