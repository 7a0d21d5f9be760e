/** Whether a server is one that keeps jobs: it may forget nothing by itself. */
import { IsolateError } from "../../../model/errors.ts";
import type { StoreAddress } from "./address.ts";
import type { Raw } from "./connection.ts";

/** Of Redis; Valkey says that it is compatible with 7.2 or later. */
const oldest = 7;

/** @returns warnings @throws IsolateError of kind Config: jobs would get lost in it */
export async function checkServer(client: Raw, address: StoreAddress): Promise<readonly string[]> {
  const [server, memory, persistence] = await Promise.all(["server", "memory", "persistence"].map((part) => client.send("INFO", [part]) as Promise<string>));
  const fact = (text: string | undefined, name: string) => new RegExp(`^${name}:(.*?)\r?$`, "m").exec(text ?? "")?.[1] ?? null;
  const version = fact(server, "redis_version");
  const refuse = (problem: string, hint: string) => new IsolateError("Config", `cannot keep jobs in the store ${address.shown}: ${problem}`, { hint });
  if (version !== null && Number.parseInt(version) < oldest) throw refuse(`it is Redis ${version}`, `Redis ${oldest} or later is needed, or Valkey`);
  if ((fact(server, "redis_mode") ?? fact(server, "server_mode")) === "cluster") throw refuse("it is part of a cluster", "use a server of its own, with replicas if you like");
  const policy = fact(memory, "maxmemory_policy");
  if (policy !== null && policy !== "noeviction" && fact(memory, "maxmemory") !== "0") {
    throw refuse(`it removes keys by itself when its memory is full (maxmemory-policy ${policy})`, "set maxmemory-policy noeviction");
  }
  const warnings: string[] = [];
  if (policy !== null && policy !== "noeviction") warnings.push(`the store ${address.shown} would remove keys by itself if its memory were bounded: set maxmemory-policy noeviction`);
  if (fact(persistence, "aof_enabled") === "0") warnings.push(`the store ${address.shown} forgets jobs when it ends: set appendonly yes`);
  return warnings;
}
