/** How well the peak of a program's memory is known. */

/**
 * What the peak of the program's memory was found out from: the kernel's peak of everything that the group is charged for, begun anew at
 * each look or kept for the whole run, less what is not the program's; or looks alone, where the kernel keeps no peak.
 */
export type PeakSource = "peaks between looks" | "peak of the run" | "looks";
