/** Piston's API, version 2: for clients that append `/api/v2/...` to a host, and for those that take a base that ends in it. */
import type { Dialect } from "../../http/dialect.ts";
import { connect } from "./connect.ts";
import { execute } from "./execute.ts";
import { installPackage, listPackages, uninstallPackage } from "./packages.ts";
import { type Runtime, runtimesOf } from "./runtimes.ts";

export const piston: Dialect = {
  name: "piston",
  // The second one is that of the instance that was public once.
  prefixes: ["/api/v2", "/api/v2/piston"],
  routes: [
    { method: "GET", path: "/", scope: "open", handle: ({ service }) => Response.json({ message: `Piston v${service.config.piston.version}` }) },
    { method: "GET", path: "/runtimes", scope: "open", handle: async ({ service, caller }) => Response.json((await runtimesOf(service, caller)).filter(({ served }) => served.isThere).map(describe)) },
    { method: "POST", path: "/execute", scope: "run", handle: execute },
    { method: "GET", path: "/packages", scope: "open", handle: listPackages },
    { method: "POST", path: "/packages", scope: "admin", handle: installPackage },
    { method: "DELETE", path: "/packages", scope: "admin", handle: uninstallPackage },
  ],
  sockets: [{ path: "/connect", scope: "run", open: connect }],
  failure: ({ status, code, message, headers }) => Response.json({ message: code === "not-found" ? "Not Found" : message }, { status, headers }),
};

function describe({ language, version, aliases, runtime }: Runtime): object {
  return { language, version, aliases, ...(runtime === null ? {} : { runtime }) };
}
