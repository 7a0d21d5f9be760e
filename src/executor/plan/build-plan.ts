/**
 * The launch plan of one run, in the order in which it is performed. Each part says why it is where it is;
 * the order is the security of the whole, so it is written here once, from top to bottom.
 */
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW, CLONE, O, PR, SIG_SETMASK, signalSetBytes } from "../../kernel/constants.ts";
import { signals } from "../../kernel/os-numbers.ts";
import { hostName } from "../../model/host-name.ts";
import type { LaunchPlan, Step } from "../../model/plan.ts";
import { attributeSteps } from "./caller.ts";
import { filesystemSteps } from "./filesystem.ts";
import { confineSteps, landlockSteps } from "./landlock.ts";
import { verifySteps } from "./verify.ts";
import { descriptorSteps, finalSteps, identitySteps, noNewPrivileges, noNewPrivilegesSteps, redirectionSteps, rlimitSteps } from "./process.ts";
import { socketSettings } from "./resolve.ts";
import type { LaunchSpec } from "./spec.ts";

/** Beginning of the steps that join the control groups. */
export const joinSteps = "join ";

export function buildPlan(wanted: LaunchSpec): LaunchPlan {
  const spec = possible(wanted);
  const namespaces = spec.isolation !== "none";
  const steps: Step[] = [
    ...firstSteps(spec),
    // Opened while the host's cgroup file systems can still be seen; written to as late as possible.
    ...spec.cgroupJoins.map((path, index): Step => ({ does: `open ${path}`, call: "openat", args: [AT_FDCWD, path, O.WRONLY | O.CLOEXEC, 0], opens: `cgroup${index}` })),
    ...giveDirectory(spec),
    ...(namespaces ? namespaceSteps(spec) : []),
    ...lastSteps(spec),
  ];
  return { steps: steps.filter(isKept(spec)), program: spec.program };
}

/** Only the build that proves that tests can fail leaves no_new_privs out, and Landlock cannot be had without. */
function possible(wanted: LaunchSpec): LaunchSpec {
  return wanted.leftOut.some((text) => noNewPrivileges.startsWith(text)) ? { ...wanted, landlock: null } : wanted;
}

/** Only that build leaves any out. */
function isKept({ leftOut }: LaunchSpec): (step: Step) => boolean {
  return ({ does }) => !leftOut.some((text) => does.startsWith(text));
}

/** Of the plan that is made in two parts (split-plan.ts), what comes before anything of one run, and what comes after it. */
export function planParts(wanted: LaunchSpec): { readonly ahead: () => Step[]; readonly rest: (begin: readonly Step[]) => Step[] } {
  const spec = possible(wanted);
  return {
    ahead: () => [...firstSteps({ ...spec, cpus: null }), ...namespaceSteps(spec, true)].filter(isKept(spec)),
    rest: (begin) => [...begin, ...lastSteps(spec)].filter(isKept(spec)),
  };
}

function firstSteps(spec: LaunchSpec): Step[] {
  return [
    { does: "die with the supervisor", call: "prctl", args: [PR.SET_PDEATHSIG, signals.SIGKILL, 0, 0, 0] },
    // No controlling terminal: nothing can be typed into the caller's (CVE-2017-5226).
    { does: "start a session", call: "setsid", args: [] },
    { does: "clear the umask", call: "umask", args: [0] },
    ...attributeSteps(spec),
  ];
}

/** From when the root of the box is there. */
function lastSteps(spec: LaunchSpec): Step[] {
  return [
    { does: "set the umask", call: "umask", args: [0o022] },
    { does: `enter ${spec.chdir}`, call: "chdir", args: [spec.chdir] },
    // A working directory outside the root reads "(unreachable)..." (getcwd(2); CVE-2024-21626).
    { does: "be inside the box", call: "getcwd", args: [{ room: "cwd", bytes: 4096 }, 4096], expects: { room: "cwd", bytes: "2f" } },
    ...landlockSteps(spec),
    ...rlimitSteps(spec),
    ...spec.cgroupJoins.map((path, index): Step => ({ does: `${joinSteps}${path}`, call: "write", args: [{ fd: `cgroup${index}` }, { hex: "30" }, 1] })),
    ...(spec.isolation !== "none" && !spec.without.includes("cgroup namespace") ? [{ does: "unshare the cgroup namespace", call: "unshare", args: [CLONE.NEWCGROUP] } satisfies Step] : []),
    ...descriptorSteps(spec),
    ...identitySteps(spec),
    ...noNewPrivilegesSteps(),
    ...confineSteps(spec),
    ...(spec.terminal === null ? [] : terminalSteps()(spec)),
    ...redirectionSteps(spec),
    ...verifySteps(spec),
    ...finalSteps(spec),
  ];
}

function terminalSteps(): typeof import("./terminal.ts").terminalSteps {
  return (require("./terminal.ts") as typeof import("./terminal.ts")).terminalSteps;
}

/**
 * The plan of init. It has no program: after the steps it reaps orphans until it is killed, and with it goes everything in its namespace.
 * @param leash descriptor of a pipe whose writing end only the supervisor holds
 */
export function buildInitPlan(leash: number): LaunchPlan {
  const poll = new Uint8Array(8);
  new DataView(poll.buffer).setInt32(0, leash, true);
  const steps: Step[] = [
    { does: "die with the supervisor", call: "prctl", args: [PR.SET_PDEATHSIG, signals.SIGKILL, 0, 0, 0] },
    {
      // The supervisor may have died before that took effect: then the leash has hung up (poll(2), POLLHUP).
      does: "see the supervisor alive",
      call: "ppoll",
      args: [{ hex: poll.toHex() }, 1, { hex: "00".repeat(16) }, 0, signalSetBytes],
      opens: "events",
      expects: { room: null, bytes: "00" },
    },
    { does: "hold SIGCHLD back", call: "rt_sigprocmask", args: [SIG_SETMASK, { hex: signalSet(signals.SIGCHLD) }, 0, signalSetBytes] },
    { does: "close all descriptors", call: "close_range", args: [0, 0xffff_ffff, 0] },
  ];
  return { steps, program: null };
}

function signalSet(signal: number): string {
  return new Uint8Array(new BigUint64Array([1n << BigInt(signal - 1)]).buffer).toHex();
}

/** The name of the step that a file system or a security module may refuse. */
export const giveDirectoryStep = "give the working directory to the program";

/** For as long as the program runs: the supervisor takes it back, with what is in it (ownership.ts). */
function giveDirectory({ subordinate, workdir, uid, gid }: LaunchSpec): Step[] {
  return subordinate === null ? [] : [{ does: giveDirectoryStep, call: "fchownat", args: [AT_FDCWD, workdir, uid, gid, AT_SYMLINK_NOFOLLOW] }];
}

function namespaceSteps(spec: LaunchSpec, ahead = false): Step[] {
  const network = spec.network === "host" ? 0 : CLONE.NEWNET;
  return [
    { does: "unshare namespaces", call: "unshare", args: [CLONE.NEWNS | CLONE.NEWIPC | CLONE.NEWUTS | network] },
    // While the host's /proc can still be seen: its net directory shows the network namespace of the one who opens it.
    ...(spec.boundsSocketMemory ? socketMemorySteps() : []),
    ...filesystemSteps(spec, ahead),
    ...(spec.network === "loopback" && !spec.without.includes("loopback") ? loopbackSteps() : []),
    ...(spec.without.includes("host name") ? [] : [{ does: "set the host name", call: "sethostname", args: [hostName, hostName.length] } satisfies Step]),
  ];
}

/** tcp(7): least, usual and largest buffer of a socket in bytes, for each network namespace. */
const socketMemory = { tcp_rmem: "4096 16384 65536", tcp_wmem: "4096 16384 65536" } as const;

function socketMemorySteps(): Step[] {
  return Object.entries(socketMemory).flatMap(([name, value]): Step[] => {
    const bytes = Buffer.from(value);
    return [
      { does: `open ${name}`, call: "openat", args: [AT_FDCWD, `${socketSettings}/${name}`, O.WRONLY | O.CLOEXEC, 0], opens: "setting" },
      { does: `bound ${name}`, call: "write", args: [{ fd: "setting" }, { hex: bytes.toHex() }, bytes.length] },
      { does: `close ${name}`, call: "close", args: [{ fd: "setting" }] },
    ];
  });
}

const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP_RUNNING = 0x1 | 0x40;

/** netdevice(7): struct ifreq, name in 16 bytes, then the flags. */
export function loopbackSteps(): Step[] {
  const request = new Uint8Array(40);
  request.set(Buffer.from("lo"));
  new DataView(request.buffer).setUint16(16, IFF_UP_RUNNING, true);
  return [
    { does: "open a socket", call: "socket", args: [AF_INET, SOCK_DGRAM_CLOEXEC, 0], opens: "socket" },
    { does: "bring the loopback interface up", call: "ioctl", args: [{ fd: "socket" }, SIOCSIFFLAGS, { hex: request.toHex() }] },
    { does: "close the socket", call: "close", args: [{ fd: "socket" }] },
  ];
}
