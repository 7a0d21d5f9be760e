import { lastUse } from "../state/last-used.ts";
import type { InstanceRecord } from "../state/store.ts";

/** What was written down about an instance, besides its configuration. */
export interface Facts {
  readonly createdAt: string;
  readonly lastUsed: string;
  readonly ownerUid: number;
}

/** @param home of the box, where the time of its last use may lie */
export function factsOf(record: InstanceRecord, home: string): Facts {
  return { createdAt: record.created_at, lastUsed: lastUse(home, record.last_used), ownerUid: record.owner_uid ?? 0 };
}
