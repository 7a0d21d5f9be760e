/** What holds for a pack that does not say otherwise: the one table of these values. */
import type { CompileLimits, RunNeeds } from "./language.ts";

/** Limits of a compile step; wall time follows the time of the pack: twice as much. */
export const defaultCompileLimits: Omit<CompileLimits, "wallTimeSeconds"> = {
  cpuTimeSeconds: 30,
  memoryBytes: 2 * 2 ** 30,
  processes: 128,
  fileSizeBytes: 512 * 2 ** 20,
  outputBytes: 2 ** 20,
};

/** Wall time of a step that names none, in multiples of its CPU time. */
export const defaultWallTimeFactor = 2;

/** A compiled program needs nothing but itself. */
export const defaultRunNeeds: RunNeeds = { processes: 1, memoryBytes: 0 };

/** What a compile step leaves for the run. */
export const defaultArtefacts: readonly string[] = ["{executable}"];

/** The main class when a pack has an entry point rule and neither it nor the source names one. */
export const defaultMainClass = "Main";

/** The first thing that looks like a version: `13.2.0`, `v1.8`. */
export const defaultVersionPattern = String.raw`(?<![\d.])(\d+(?:\.\d+)+)`;
