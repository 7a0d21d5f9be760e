/** Terminals: their modes and their size (ioctl_tty(2)). The numbers are the same on all architectures of ours. */
import { O, SIG_SETMASK, signalSetBytes } from "./constants.ts";
import { call, tryCall } from "./ffi.ts";

export const TIOC = { TCGETS: 0x5401, TCSETS: 0x5402, TCSETSW: 0x5403, SCTTY: 0x540e, GPGRP: 0x540f, SPGRP: 0x5410, GWINSZ: 0x5413, SWINSZ: 0x5414, SPTLCK: 0x4004_5431, GPTPEER: 0x5441 } as const;

const SIG_BLOCK = 0;

/** struct termios of the kernel: four words of flags, the line discipline, 19 characters. */
export const modeBytes = 36;
/** struct winsize: rows, columns, and the same in pixels. */
export const sizeBytes = 8;

/** @returns null when the descriptor is no terminal */
export function terminalModes(fd: number): Uint8Array | null {
  const modes = new Uint8Array(modeBytes);
  return tryCall("ioctl", fd, TIOC.TCGETS, modes) === 0 ? modes : null;
}

const ICANON = 0o2;

/** Whether lines are edited before a program gets them, so that a character can end the input. */
export function isLineMode(fd: number): boolean {
  const modes = terminalModes(fd);
  return modes !== null && (new Uint32Array(modes.buffer, 12, 1)[0]! & ICANON) !== 0;
}

/** Once what was written has gone out. @returns whether they were set */
export function setTerminalModes(fd: number, modes: Uint8Array): boolean {
  return tryCall("ioctl", fd, TIOC.TCSETSW, modes) === 0;
}

/** @returns null when the descriptor is no terminal */
export function windowSize(fd: number): Uint8Array | null {
  const size = new Uint8Array(sizeBytes);
  return tryCall("ioctl", fd, TIOC.GWINSZ, size) === 0 ? size : null;
}

/** The processes in front on the terminal get SIGWINCH when it is another one. */
export function setWindowSize(fd: number, size: Uint8Array): void {
  tryCall("ioctl", fd, TIOC.SWINSZ, size);
}

/** The process group in front (tcgetpgrp(3)); null when it is not our controlling terminal. */
export function foregroundGroup(fd: number): number | null {
  const group = new Int32Array(1);
  return tryCall("ioctl", fd, TIOC.GPGRP, group) === 0 ? group[0]! : null;
}

/** tcsetpgrp(3). Who is not in front itself is stopped by SIGTTOU, unless it holds the signal back. */
export function setForegroundGroup(fd: number, group: number): void {
  const wanted = new Int32Array([group]);
  const blocked = new BigUint64Array([1n << 21n]);
  const before = new BigUint64Array(1);
  tryCall("rt_sigprocmask", SIG_BLOCK, blocked, before, signalSetBytes);
  tryCall("ioctl", fd, TIOC.SPGRP, wanted);
  tryCall("rt_sigprocmask", SIG_SETMASK, before, 0, signalSetBytes);
}

/** Another end of a pseudo-terminal, from its master (Linux 4.13). @throws SyscallError */
export function openPeer(master: number): number {
  return call("ioctl", "TIOCGPTPEER", master, TIOC.GPTPEER, O.RDWR | O.NOCTTY | O.CLOEXEC);
}

/** termios(3), cfmakeraw: each byte is given as it was typed, and nothing is echoed, by the words of the flags: input, output, control, local. */
const notRaw = { input: 0o2753, output: 0o1, control: 0o460, local: 0o100113 };
const eightBits = 0o60;
/** Places of the characters that say how many bytes a read waits for, and how long. */
const VTIME = 17 + 5;
const VMIN = 17 + 6;

/** The same modes, but raw. */
export function rawModes(modes: Uint8Array): Uint8Array {
  const raw = modes.slice();
  const words = new Uint32Array(raw.buffer, 0, 4);
  words[0]! &= ~notRaw.input;
  words[1]! &= ~notRaw.output;
  words[2] = (words[2]! & ~notRaw.control) | eightBits;
  words[3]! &= ~notRaw.local;
  raw[VMIN] = 1;
  raw[VTIME] = 0;
  return raw;
}
