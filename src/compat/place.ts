/** Where a box is, whose it is, and who it belongs to. */
import { fatal } from "./failure.ts";
import type { CompatConfig } from "./config.ts";
import type { Dialect } from "./numbers.ts";
import type { Request } from "./options.ts";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface Place {
  readonly config: CompatConfig;
  readonly dialect: Dialect;
  readonly id: number;
  /** What clients get: the directory above the working directory. */
  readonly home: string;
  readonly work: string;
  /** Of the box. */
  readonly uid: number;
  readonly gid: number;
  /** On whose behalf we act. */
  readonly owner: Owner;
}

const largestId = 2 ** 32;

/** @throws Failure */
export function placeOf(config: CompatConfig, dialect: Dialect, { boxId, asUid, asGid }: Request): Place {
  if (boxId >= config.boxes) throw fatal(`Sandbox ID out of range (allowed: 0-${config.boxes - 1})`);
  const home = `${config.boxRoot}/${boxId}`;
  return {
    config, dialect, id: boxId, home, work: `${home}/box`, uid: (config.firstUid + boxId) % largestId, gid: (config.firstGid + boxId) % largestId,
    owner: { uid: asUid ?? process.getuid!(), gid: asGid ?? process.getgid!() },
  };
}
