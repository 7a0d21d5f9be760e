/** The uid of a box while something runs under it: boxes of mini-isolate's own keep away from it. */
import { openHostUids } from "../state/host-uids.ts";
import { claimOnHost } from "../state/uid-claim.ts";
import { fatal } from "./failure.ts";
import type { Place } from "./place.ts";

/**
 * Runs by this command line may share a uid: several configurations may have the same uids, as with isolate itself.
 * @returns ends the claim @throws Failure while a box of mini-isolate's own has the uid
 */
export function claimUser({ uid }: Place): () => void {
  const host = openHostUids();
  // A host without such a place, as a container with a read-only /run: then nobody claims anything.
  if (typeof host === "string") return () => {};
  const claim = claimOnHost(host, uid, true);
  if (claim.kind === "busy") {
    const holder = claim.holder();
    host.close();
    throw fatal(`Uid ${uid} is in use by a box of mini-isolate${holder === null ? "" : ` (pid ${holder})`}: give one of them other uids (first_uid here, MINI_ISOLATE_UIDS there)`);
  }
  return () => {
    if (claim.kind === "held") claim.release();
    host.close();
  };
}
