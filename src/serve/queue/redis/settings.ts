/** What a queue in Redis or Valkey is set to. */

export interface RedisQueueOptions {
  /** Directory for the files of long contents, in `contents` below it. */
  readonly dataDir: string;
  readonly sync: "normal" | "full";
  /** Starts without a result, after which a job is among the dead. */
  readonly attempts: number;
  readonly leaseMs: number;
  readonly results: { readonly keepMs: number; readonly mostCount: number; readonly mostBytes: number };
  /** Told about what is not as it should be, but does not hinder. */
  readonly warn: (line: string) => void;
  readonly contents?: { /** Of one content. */ readonly mostBytes?: number; /** Of the files here. */ readonly cacheBytes?: number; readonly pieceBytes?: number };
  readonly times?: {
    /** Milliseconds for which the first connection is tried. */
    readonly firstMs?: number;
    /** Milliseconds that one command may take. */
    readonly commandMs?: number;
    /** Milliseconds that a command waits for a lost connection before it fails. */
    readonly patienceMs?: number;
  };
}

/** All of it, and the name of this process in the store. */
export interface Settings extends RedisQueueOptions {
  readonly instance: string;
  readonly times: Required<NonNullable<RedisQueueOptions["times"]>>;
  readonly contents: Required<NonNullable<RedisQueueOptions["contents"]>>;
  /** How often it asks for what time does. */
  readonly tickMs: number;
  /** By which the store's clock goes on at most from one look at it to the next. */
  readonly clockStepMs: number;
  /** Silence after which a worker is not counted any more. */
  readonly silenceMs: number;
}

export function settingsOf(options: RedisQueueOptions): Settings {
  const tickMs = Math.min(5000, Math.max(50, options.leaseMs / 3));
  return {
    ...options,
    instance: crypto.randomUUID(),
    times: { firstMs: 15_000, commandMs: 10_000, patienceMs: 2000, ...options.times },
    contents: { mostBytes: 256 * 1024 ** 2, cacheBytes: 2 * 1024 ** 3, pieceBytes: 1024 ** 2, ...options.contents },
    tickMs,
    clockStepMs: Math.ceil(options.leaseMs / 2),
    silenceMs: Math.max(3 * tickMs, options.leaseMs),
  };
}
