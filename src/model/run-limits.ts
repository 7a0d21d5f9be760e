/** The limits of one run, in the units that the code keeps. */
import type { ReachedLimit } from "./status.ts";

/** By limit, the key of a language pack that set it. */
export type LimitKeys = Readonly<Partial<Record<ReachedLimit, string>>>;

/** null: no limit. */
export interface RunLimits {
  readonly cpuTimeMs: number | null;
  readonly wallTimeMs: number | null;
  readonly memoryBytes: number | null;
  readonly processes: number | null;
  readonly fileSizeBytes: number | null;
  readonly stackBytes: number | null;
  readonly coreBytes: number | null;
  readonly openFiles: number;
  readonly outputBytes: number;
  /** What the working directory may hold after the run. */
  readonly diskBytes: number | null;
  readonly cpuShares: number;
  /** Thousandths of a processor; left out: all that there are. */
  readonly cpuRate?: number;
}
