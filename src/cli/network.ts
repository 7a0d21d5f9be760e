/** `--network` and `--share-net`, which say the same thing in two ways. */
import { configError } from "../model/errors.ts";
import type { Network } from "../model/network.ts";

/** @returns null: nothing was asked for @throws IsolateError of kind Config when the flags contradict each other */
export function requestedNetwork(flags: { readonly network?: Network | undefined; readonly "share-net": boolean }): Network | null {
  const { network } = flags;
  if (flags["share-net"] && network !== undefined && network !== "host") {
    throw configError(`--share-net and --network ${network} exclude each other`, "give one of them");
  }
  return flags["share-net"] ? "host" : (network ?? null);
}
