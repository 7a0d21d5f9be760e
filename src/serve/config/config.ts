/** What `serve` is set to. Sizes are in bytes, times in seconds. */
import type { DialectName, Limits } from "../job.ts";

export interface ServeConfig {
  readonly host: string;
  readonly port: number;
  /** Names that it is known by, besides its address. Without keys, on the loopback interface, requests for other names are refused. */
  readonly hostNames: readonly string[];
  /** Path of a socket to listen on besides; null: none. */
  readonly unixSocket: string | null;
  /** Ports of dialects of their own, on the same host; the common address has all of them anyway. */
  readonly ports: Readonly<Partial<Record<DialectName, number>>>;
  /** Which dialects there are. */
  readonly dialects: readonly DialectName[];
  /** How many jobs run at the same time here, each on a core of its own. 0: none, workers do. */
  readonly slots: number;
  /** As `--cpus` of a batch: which processors; null: any core that is free. */
  readonly cpus: string | null;
  /** Of boxes, absolute. */
  readonly stateDir: string;
  /** Directory of the queue and of long contents. */
  readonly dataDir: string;
  /** `sqlite`, or the URL of a Redis or Valkey server. */
  readonly store: string;
  /** `normal`: what was acknowledged survives the end of every process. `full`: that of the machine, too. */
  readonly sync: "normal" | "full";
  /** Language packs, as `--pack` takes them. */
  readonly packs: readonly string[];
  /** Whoever listens beyond the loopback interface must have keys, or say this. */
  readonly insecure: boolean;
  readonly keys: readonly KeyConfig[];
  readonly bounds: Bounds;
  /** What runs have when nothing is said, and what may be asked for at most. */
  readonly run: { readonly usual: Limits; readonly most: Limits };
  readonly compile: { readonly usual: Limits; readonly most: Limits };
  readonly network: "none" | "allowed";
  readonly queue: {
    /** Jobs that may wait. */
    readonly most: number;
    /** Seconds that a job may be expected to wait; null: any. */
    readonly mostWait: number | null;
    /** Seconds without a word from a worker after which its jobs are given to others. */
    readonly lease: number;
    /** Starts without a result, after which a job is among the dead. */
    readonly attempts: number;
  };
  readonly results: {
    /** Seconds that a result is kept. */
    readonly keep: number;
    readonly mostCount: number;
    readonly mostBytes: number;
  };
  readonly callbacks: {
    readonly allowed: boolean;
    /** Networks that may be called although they are private, such as `10.0.0.0/8`. */
    readonly privateNetworks: readonly string[];
    /** Of Standard Webhooks (`whsec_...`), newest first; empty: not signed. */
    readonly secrets: readonly string[];
    /** Seconds. */
    readonly timeout: number;
    /** Seconds after the end of the job after which it is given up. */
    readonly giveUp: number;
  };
  readonly cors: { readonly origins: readonly string[] };
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Addresses whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly metrics: { readonly port: number | null; readonly open: boolean };
  readonly log: { readonly level: "info" | "warn" | "error" | "silent" };
  /** Seconds: how long it answers after readiness turned to no, and how long running jobs may take then. */
  readonly drain: { readonly grace: number; readonly most: number };
  readonly worker: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly judge0: { readonly base64ByDefault: boolean; readonly version: string; readonly maintenance: string | null; readonly mostBatch: number; readonly waitAllowed: boolean; readonly users: readonly string[] };
  readonly goJudge: { readonly sourcePrefixes: readonly string[]; readonly fileStoreBytes: number; readonly fileKeep: number };
  readonly piston: { readonly version: string };
}

export interface KeyConfig {
  readonly name: string;
  /** SHA-256 of the key, in hexadecimal digits. */
  readonly sha256: string;
  readonly scopes: readonly ("run" | "read" | "admin")[];
  readonly languages: readonly string[] | null;
  /** Jobs that may be asked for in a minute; null: any number. */
  readonly rate: number | null;
  /** Jobs that may wait or run at the same time; null: any number. */
  readonly mostJobs: number | null;
}

export interface Bounds {
  readonly body: number;
  /** Of JSON. */
  readonly depth: number;
  /** Of JSON: elements of lists, members of objects, and these themselves. */
  readonly values: number;
  readonly files: number;
  readonly tests: number;
  readonly batch: number;
  /** Seconds that one request may wait for a result. */
  readonly wait: number;
  /** Of all files of a job together. */
  readonly jobBytes: number;
  readonly outputBytes: number;
  readonly socketMessage: number;
}
