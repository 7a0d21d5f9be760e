/**
 * Whether a command would do the same in the keeper as in the process of the one who asks: what a process has from its caller, and a run
 * takes on or is measured by, must be the same for both. If it is not, the client executes the program itself.
 */
import { isBoundedLikeUs } from "../cgroup/same-bounds.ts";
import { RLIMIT } from "../kernel/constants.ts";
import { tryCall } from "../kernel/ffi.ts";
import { readFileSync, statSync } from "../kernel/fs.ts";

/** What of one process a run depends on, as one text, and what only this client has. */
interface Surroundings {
  readonly text: string;
  readonly umask: number;
  /** Numbers of signals that it ignores. */
  readonly ignored: ReadonlySet<number>;
}

/** Not that of control groups: what bounds the groups of runs is compared by itself. */
const namespaces = ["mnt", "user", "pid", "net", "ipc", "uts"] as const;
/** Of /proc/PID/status: rights, and what a program must not inherit. */
const statusFields = ["Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Cpus_allowed", "Mems_allowed"] as const;

const PRIO_PROCESS = 0;

/** @returns null when the process is gone, or hides something */
function surroundingsOf(pid: number): Surroundings | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const field = (name: string) => {
      const at = status.indexOf(`\n${name}:\t`);
      return at < 0 ? "" : status.slice(at + name.length + 3, status.indexOf("\n", at + 1));
    };
    const limits = Object.values(RLIMIT).map((resource) => {
      const words = new BigUint64Array(2);
      if (tryCall("prlimit64", pid, resource, 0, words) < 0) return "?";
      // A command raises these as far as it may, and sets its own for the program.
      return resource === RLIMIT.NOFILE || resource === RLIMIT.FSIZE ? `${words[1]}` : `${words[0]},${words[1]}`;
    });
    const identity = (path: string) => {
      const { dev, ino } = statSync(path);
      return `${dev}:${ino}`;
    };
    const parts = [
      ...statusFields.map(field),
      ...limits,
      ...namespaces.map((name) => identity(`/proc/${pid}/ns/${name}`)),
      identity(`/proc/${pid}/root/`),
      readFileSync(`/proc/${pid}/oom_score_adj`, "latin1"),
      String(tryCall("getpriority", PRIO_PROCESS, pid)),
    ];
    const mask = BigInt(`0x${field("SigIgn") || "0"}`);
    return {
      text: parts.join("\n"),
      umask: Number.parseInt(field("Umask") || "0022", 8),
      ignored: new Set(Array.from({ length: 64 }, (_, index) => index + 1).filter((number) => (mask >> BigInt(number - 1)) & 1n)),
    };
  } catch {
    return null;
  }
}

/** What only this client has, when all else is as it is here; null: something differs. @param pid of a process that is connected to us */
export function likeUs(pid: number): Pick<Surroundings, "umask" | "ignored"> | null {
  // Ours may be changed from outside (renice, prlimit), but not so often.
  if (own === null || performance.now() - lookedAtMs > ownLookMs) [own, lookedAtMs] = [surroundingsOf(process.pid), performance.now()];
  const other = surroundingsOf(pid);
  return own === null || other === null || own.text !== other.text || !isBounded(pid) ? null : other;
}

/** False when it is gone. */
function isBounded(pid: number): boolean {
  try {
    return isBoundedLikeUs(pid);
  } catch {
    return false;
  }
}

const ownLookMs = 500;
let own: Surroundings | null = null;
let lookedAtMs = 0;
