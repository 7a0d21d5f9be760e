/** A box as `list` and `info` show it. */
import type { IsolateConfig } from "../config/config.ts";
import type { Isolate } from "../instance/isolate.ts";

/** The record of a box, in the names of the JSON documents. */
export interface BoxDescription {
  readonly box_id: string;
  readonly workdir: string;
  /** ISO 8601. */
  readonly created_at: string;
  readonly last_used: string;
  readonly owner_uid: number;
  readonly config: IsolateConfig;
}

export function describeBox(box: Isolate): BoxDescription {
  return {
    box_id: box.id,
    workdir: box.workdir,
    created_at: box.createdAt,
    last_used: box.lastUsed,
    owner_uid: box.ownerUid,
    config: box.config,
  };
}
