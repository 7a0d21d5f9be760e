/** What `keeper status` tells. */
export interface KeeperStatus {
  readonly pid: number;
  /** Of the program that serves, which may be older than the file. */
  readonly version: string;
  /** ISO 8601. */
  readonly started_at: string;
  /** Commands that are carried out now, that wait for their turn, and that have come to their end. */
  readonly running: number;
  readonly waiting: number;
  readonly done: number;
  readonly jobs: number;
}
