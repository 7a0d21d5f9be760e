/** The terminal of a program under `--passthrough`: one of the box's own, with the modes and the size of the caller's. Loaded only for it. */
import { O } from "../../kernel/constants.ts";
import { modeBytes, TIOC, terminalModes, windowSize } from "../../kernel/terminal.ts";
import type { CallerTerminal, OwnTerminal } from "../../model/request.ts";
import { AT_FDCWD } from "../../kernel/constants.ts";
import { terminalDescriptor, type Step } from "../../model/plan.ts";
import type { LaunchSpec, Terminal } from "./spec.ts";

/** @returns null when it is none any more */
export function terminalLike({ streams }: CallerTerminal): Terminal | null {
  const fd = streams.indexOf(true);
  const modes = terminalModes(fd);
  const size = windowSize(fd);
  return modes === null || size === null ? null : { streams, modes: modes.toHex(), size: size.toHex() };
}

/** As a terminal is before anybody has set anything, in words of the kernel: lines are edited and echoed, and keys send signals (tty_std_termios). */
const usualModes = {
  // ICRNL IXON; OPOST ONLCR; B38400 CS8 CREAD; ISIG ICANON ECHO ECHOE ECHOK ECHOCTL ECHOKE IEXTEN
  flags: [0o2400, 0o5, 0o277, 0o105073],
  line: 0,
  // VINTR VQUIT VERASE VKILL VEOF VTIME VMIN VSWTC VSTART VSTOP VSUSP VEOL VREPRINT VDISCARD VWERASE VLNEXT VEOL2
  characters: [3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0],
} as const;

/** Rows and columns. */
const usualSize = [24, 80] as const;

/** A terminal that nobody sits at. */
export function terminalFor({ streams }: OwnTerminal): Terminal {
  const modes = new Uint8Array(modeBytes);
  new Uint32Array(modes.buffer, 0, 4).set(usualModes.flags);
  modes[16] = usualModes.line;
  modes.set(usualModes.characters, 17);
  const size = new Uint8Array(new Uint16Array([...usualSize, 0, 0]).buffer);
  return { streams, modes: modes.toHex(), size: size.toHex() };
}

/** With the program's rights, so that its end of the terminal is the program's. The session began without a controlling terminal. */
export function terminalSteps({ terminal }: LaunchSpec): Step[] {
  if (terminal === null) return [];
  const master = { fd: terminalDescriptor };
  const own = { fd: "own terminal" };
  return [
    { does: "open a terminal", call: "openat", args: [AT_FDCWD, "/dev/ptmx", O.RDWR | O.NOCTTY | O.CLOEXEC, 0], opens: terminalDescriptor },
    { does: "unlock the terminal", call: "ioctl", args: [master, TIOC.SPTLCK, { hex: "00000000" }] },
    { does: "set the modes of the terminal", call: "ioctl", args: [master, TIOC.TCSETS, { hex: terminal.modes }] },
    { does: "set the size of the terminal", call: "ioctl", args: [master, TIOC.SWINSZ, { hex: terminal.size }] },
    { does: "open the program's end of the terminal", call: "ioctl", args: [master, TIOC.GPTPEER, O.RDWR | O.NOCTTY | O.CLOEXEC], opens: "own terminal" },
    { does: "take the terminal as the controlling one", call: "ioctl", args: [own, TIOC.SCTTY, 0] },
    ...["stdin", "stdout", "stderr"].flatMap((name, target): Step[] =>
      terminal.streams[target]! ? [{ does: `put the terminal in place of ${name}`, call: "dup3", args: [own, target, 0] }] : []),
  ];
}
