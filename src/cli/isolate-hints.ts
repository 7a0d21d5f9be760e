/**
 * What answers an option of ioi/isolate that is no flag of ours: the flag that does the same, with the value in its unit. Loaded only where
 * there is such an option.
 */
import { options } from "../compat/options.ts";
import { commands, flagsOf, type CommandName, type FlagName } from "./flags.ts";

/** What stands for an option of isolate. */
interface Counterpart {
  readonly flag: FlagName;
  /** `kilobytes`: the number is in KB there. */
  readonly value?: "kilobytes";
  /** What differs. */
  readonly note?: string;
}

/** By isolate's long name. A text: we have nothing of the kind, and why not. */
const counterparts: Readonly<Record<string, Counterpart | string>> = {
  "box-id": { flag: "box-id" },
  "chdir": { flag: "chdir" },
  "core": { flag: "core", value: "kilobytes" },
  "dir": { flag: "mount", note: "--dir of init is the working directory of a box" },
  "env": { flag: "env" },
  "fsize": { flag: "file-size", value: "kilobytes" },
  "full-env": { flag: "full-env" },
  "inherit-fds": { flag: "inherit-fds" },
  "mem": { flag: "memory", value: "kilobytes", note: "isolate bounds the address space of each process, --memory what all of them use together" },
  "cg-mem": { flag: "memory", value: "kilobytes" },
  "meta": { flag: "meta" },
  "open-files": { flag: "open-files" },
  "processes": { flag: "processes", note: "without a number isolate means any number: --processes unlimited" },
  "quota": { flag: "quota", note: "isolate's value is in blocks and inodes, --quota takes a size such as 64M" },
  "share-net": { flag: "share-net" },
  "silent": { flag: "silent" },
  "stack": { flag: "stack", value: "kilobytes" },
  "stderr": { flag: "stderr-file", note: "a file in the box, as there" },
  "stderr-to-stdout": { flag: "stderr-to-stdout" },
  "stdin": { flag: "stdin-file", note: "a file in the box, as there; --input FILE is a file of yours" },
  "stdout": { flag: "stdout-file", note: "a file in the box, as there; --stdout FILE is a file of yours" },
  "time": { flag: "cpu-time" },
  "tty-hack": { flag: "passthrough", note: "the program has the terminal then" },
  "verbose": { flag: "verbose" },
  "wait": { flag: "wait" },
  "wall-time": { flag: "wall-time" },
  "cg": "control groups are always used where the host has them",
  "cg-timing": "CPU time is always that of all processes of the box together",
  "no-cg-timing": "CPU time is always that of all processes of the box together",
  "extra-time": "a program over its limit is ended at once; the time that it took is in the result",
  "no-default-dirs": "--chroot DIR of init replaces the default root; --mount adds to it",
  "special-files": "links, pipes and devices never stay in a box; --allow fifos lets a program make pipes",
  "as-uid": "--uid N of init is the user of the program",
  "as-gid": "--gid N of init is the group of the program",
  "init": "the command comes first: mini-isolate init",
  "run": "the command comes first: mini-isolate run",
  "cleanup": "the command comes first: mini-isolate cleanup",
  "print-cg-root": "mini-isolate isolate --print-cg-root shows it",
  "check-config": "mini-isolate doctor checks this host",
};

const whole = "mini-isolate isolate has the command line of isolate";

/**
 * @param command null: the option stands where a command should
 * @param written the option as it was given, such as `-t`, `-t5`, `--cg`
 * @param next the argument behind it
 * @returns the hint; null: isolate has no such option
 */
export function isolateHint(command: CommandName | null, written: string, next: string | undefined): string | null {
  // `-time` is a slip of the finger; isolate would read it as `-t ime`.
  if (!written.startsWith("--") && !/^-[a-zA-Z]($|[0-9./=]|.*[=/])/.test(written)) return null;
  const [word, value] = split(written, next);
  const option = options.find(({ name, short }) => (written.startsWith("--") ? name === word : short === word));
  const counterpart = option === undefined ? undefined : counterparts[option.name];
  if (option === undefined || counterpart === undefined) return null;
  const called = written.startsWith("--") ? `--${option.name}` : `-${option.short} (--${option.name})`;
  if (typeof counterpart === "string") return `isolate's ${called}: ${counterpart}; ${whole}`;
  const { flag, note } = counterpart;
  const takers = (["init", "run", "execute"] as const).filter((name) => flagsOf(name).includes(flag));
  const here = command !== null && flag in commands[command].flags;
  const place = here ? "" : `, a flag of ${takers.join(", ")}`;
  return [`isolate's ${called} is --${flag}${shown(counterpart, option.argument !== "none", value)} here${place}`, ...(note === undefined ? [] : [note])].join("; ");
}

/** The name without dashes, and the value: behind `=`, in the same word, or in the next. */
function split(written: string, next: string | undefined): [word: string, value: string | undefined] {
  if (!written.startsWith("--")) return [written.slice(1, 2), written.length > 2 ? written.slice(2).replace(/^=/, "") : next];
  const equals = written.indexOf("=");
  return equals < 0 ? [written.slice(2), next] : [written.slice(2, equals), written.slice(equals + 1)];
}

/** ` 64M`: the value as our flag takes it, as far as it is one. */
function shown({ value: form }: Counterpart, takesValue: boolean, value: string | undefined): string {
  if (!takesValue) return "";
  if (form !== "kilobytes") return value === undefined || !/^[0-9]+(\.[0-9]+)?$/.test(value) ? "" : ` ${value}`;
  if (value === undefined || !/^[1-9][0-9]{0,11}$/.test(value)) return " (isolate counts in KB, a bare number is in MB here)";
  // Less than one MB is no limit of ours.
  const kilobytes = Math.max(1024, Number(value));
  return ` ${kilobytes % 1024 === 0 ? `${kilobytes / 1024}M` : `${kilobytes}K`} (isolate counts in KB)`;
}
