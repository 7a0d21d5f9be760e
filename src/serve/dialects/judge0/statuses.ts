/** The statuses of Judge0. Clients compare both the numbers and the words. */

export const statusTexts: Readonly<Record<number, string>> = {
  1: "In Queue",
  2: "Processing",
  3: "Accepted",
  4: "Wrong Answer",
  5: "Time Limit Exceeded",
  6: "Compilation Error",
  7: "Runtime Error (SIGSEGV)",
  8: "Runtime Error (SIGXFSZ)",
  9: "Runtime Error (SIGFPE)",
  10: "Runtime Error (SIGABRT)",
  11: "Runtime Error (NZEC)",
  12: "Runtime Error (Other)",
  13: "Internal Error",
  14: "Exec Format Error",
};

export const statusId = {
  inQueue: 1, processing: 2, accepted: 3, wrongAnswer: 4, timeLimit: 5, compilation: 6, segmentation: 7, fileSize: 8, arithmetic: 9, aborted: 10, exitCode: 11, otherSignal: 12, internal: 13,
} as const;

/** As answers have it. */
export interface Status {
  readonly id: number;
  readonly description: string;
}

export const statusOf = (id: number): Status => ({ id, description: statusTexts[id]! });

export const statuses: readonly Status[] = Object.keys(statusTexts).map((id) => statusOf(Number(id)));
