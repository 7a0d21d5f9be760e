/** What reads a source where patterns are not enough, in words of the pack format. */
export const entryPointScanners = ["java"] as const;

export type EntryPointScanner = (typeof entryPointScanners)[number];
