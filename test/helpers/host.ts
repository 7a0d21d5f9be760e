/** Looking at the host for what a run must not leave behind: processes, cgroups, mounts, System V IPC. */
import { expect } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { State } from "./binary.ts";
import { patience } from "./slowness.ts";
import { parallel } from "./worker.ts";

/**
 * Every process of these users, as `pid starttime name`. Zombies count, except those that were handed to the host's init:
 * they are dead, and when it collects them is not in our hands.
 */
export function processesOf(uids: ReadonlySet<number>): string[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((pid) => {
      const status = readText(`/proc/${pid}/status`);
      const uid = Number(/^Uid:\t([0-9]+)/m.exec(status)?.[1] ?? Number.NaN);
      if (!uids.has(uid) || (/^State:\tZ/m.test(status) && /^PPid:\t1$/m.test(status))) return [];
      const stat = readText(`/proc/${pid}/stat`);
      // The name is in parentheses and may hold anything; the start time is field 22 (proc(5)).
      const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
      return [`${pid} ${startTime} ${/^Name:\t(.*)$/m.exec(status)?.[1]}`];
    });
}

/** The mount points of all mounted cgroup hierarchies, v1 and v2. */
function cgroupMounts(): string[] {
  return mountTable()
    .filter((mount) => mount.type === "cgroup" || mount.type === "cgroup2")
    .map((mount) => mount.point);
}

/** Every cgroup directory named mini-isolate-*, in every hierarchy, at any depth: the groups of runs, without those that they are made in. */
export function cgroupDirectories(): string[] {
  const found: string[] = [];
  const walk = (directory: string) => {
    for (const name of childDirectories(directory)) {
      const path = join(directory, name);
      if (name.startsWith("mini-isolate-")) found.push(path);
      walk(path);
    }
  };
  for (const mount of cgroupMounts()) walk(mount);
  return found;
}

function childDirectories(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    // A group may go away between seeing and opening it.
    return [];
  }
}

/** One line of /proc/self/mountinfo: where, what, and its options of both kinds. */
export interface Mount {
  readonly point: string;
  readonly type: string;
  readonly root: string;
  /** Options of this mount (`ro`, `nosuid`, ...). */
  readonly options: readonly string[];
  /** Options of the file system behind it. */
  readonly superOptions: readonly string[];
}

/** Parses the text of a mountinfo file (proc(5)). */
export function parseMountTable(text: string): Mount[] {
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const [left = "", right = ""] = line.split(" - ");
    const fields = left.split(" ");
    const behind = right.split(" ");
    const unescape = (path: string) => path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    return {
      root: unescape(fields[3] ?? ""),
      point: unescape(fields[4] ?? ""),
      options: (fields[5] ?? "").split(","),
      type: behind[0] ?? "",
      superOptions: (behind[2] ?? "").split(","),
    };
  });
}

/** The mounts of our own mount namespace. */
export function mountTable(): Mount[] {
  return parseMountTable(readText("/proc/self/mountinfo"));
}

/** Mount points at or below a directory. */
export function mountsBelow(directory: string): string[] {
  return mountTable().map((mount) => mount.point).filter((point) => point === directory || point.startsWith(`${directory}/`));
}

/** System V objects of these users, as `shm 7` (proc(5), /proc/sysvipc). */
export function ipcObjectsOf(uids: ReadonlySet<number>): string[] {
  return ["shm", "sem", "msg"].flatMap((kind) => {
    const [header = "", ...lines] = readText(`/proc/sysvipc/${kind}`).trim().split("\n");
    const column = header.trim().split(/\s+/).indexOf("uid");
    return lines.map((line) => line.trim().split(/\s+/)).filter((fields) => uids.has(Number(fields[column]))).map((fields) => `${kind} ${fields[1]}`);
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Whether a control group is of a run whose supervisor lives and is not below us: another test's, in another process of the test run. */
function isOfAnotherTest(directory: string): boolean {
  if (!parallel) return false;
  const supervisor = Number(/-([0-9]+)-[0-9a-z]+$/.exec(directory)?.[1] ?? 0);
  for (let pid = supervisor; pid > 1; ) {
    if (pid === process.pid) return false;
    const stat = readText(`/proc/${pid}/stat`);
    if (stat === "") return false;
    pid = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  }
  return supervisor > 1;
}

/** What of a state is on the host right now, apart from its directory. */
function leftOf(state: State): string[] {
  return [
    ...processesOf(state.uids).map((process) => `process ${process}`),
    ...cgroupDirectories().filter((path) => !state.cgroupsBefore.has(path) && !isOfAnotherTest(path)).map((path) => `cgroup ${path}`),
    ...mountsBelow(state.directory).map((point) => `mount ${point}`),
    ...ipcObjectsOf(state.uids).map((object) => `ipc ${object}`),
  ];
}

/**
 * Fails when a process, cgroup, mount or IPC object of this state stays on the host. Only what is there at every look until
 * the deadline counts, so that another test's short-lived groups and processes do not.
 */
export async function expectNothingLeft(state: State, timeoutMs = 2000): Promise<void> {
  const deadline = performance.now() + patience(timeoutMs);
  let left = leftOf(state);
  while (left.length > 0 && performance.now() < deadline) {
    await Bun.sleep(10);
    const now = new Set(leftOf(state));
    left = left.filter((thing) => now.has(thing));
  }
  expect(left).toEqual([]);
}

/** How many wait for a lock of a file now, of any kind (proc_locks(5)): each has a line of its own with an arrow. */
export function waitersFor(path: string): number {
  const inode = statSync(path).ino;
  return readFileSync("/proc/locks", "latin1").split("\n").filter((line) => line.includes(" -> ") && line.includes(`:${inode} `)).length;
}
