/**
 * Mount rules: what of the host, and what file systems, a program finds at which path. The grammar
 * is that of ioi/isolate's `--dir`: `in[=out][:option]...`.
 */
import { configError } from "./errors.ts";

/** One rule, parsed. */
export interface MountRule {
  /** Path inside the box without leading slash, `usr/share`. */
  readonly inside: string;
  /**
   * - `bind`: `source` is a host path, or `./name` below the box's own directory
   * - `filesystem`: `source` is a file system type
   * - `scratch`: an empty writable directory on a tmpfs, new in every run
   * - `remove`: an earlier rule for the same path does not hold
   * - `devices`, `accounts`: the minimal /dev and the synthetic /etc; only defaults have these kinds
   * - `link`: a symbolic link, `source` is where it points; only a root of the caller's (chroot_dir) has these
   */
  readonly kind: "bind" | "filesystem" | "scratch" | "remove" | "devices" | "accounts" | "link";
  readonly source: string;
  readonly writable: boolean;
  readonly devices: boolean;
  readonly noExec: boolean;
  /** Skip the rule when the source does not exist. */
  readonly maybe: boolean;
  /** Bind what is mounted below the source as well. */
  readonly recursive: boolean;
}

/** File systems that a rule may mount: those that show nothing of the host's devices. */
const mountableFilesystems = ["proc", "tmpfs", "sysfs", "devpts"];

const optionNames = ["rw", "ro", "dev", "noexec", "maybe", "fs", "tmp", "norec"];

/** Paths that the sandbox itself lays out; a rule may remove them or mount a file system there, not bind the host's. */
const reserved = ["dev", "proc"];

/**
 * Parses one rule. `data` binds /data read-only; `data=/srv/data:rw`; `cache:tmp`; `tmp=` removes a default.
 * @throws IsolateError of kind Config that quotes the rule
 */
export function parseMountRule(text: string): MountRule {
  const refuse = (reason: string) =>
    configError(`cannot use mount rule '${text}': ${reason}`, "the form is in[=out][:option]..., options: " + optionNames.join(" "));
  const [paths = "", ...options] = text.split(":");
  const equals = paths.indexOf("=");
  const inside = (equals < 0 ? paths : paths.slice(0, equals)).replace(/^\/+/, "").replace(/\/+$/, "");
  const outside = equals < 0 ? null : paths.slice(equals + 1);
  if (text.includes("\0")) throw refuse("it contains a NUL byte");
  const parts = inside.split("/");
  if (inside === "" || parts.some((part) => part === "" || part === "." || part === "..")) throw refuse("the path inside must be plain and not the root");
  if (reserved.includes(inside) && outside !== "" && !options.includes("fs")) throw refuse(`/${inside} is laid out by the sandbox`);
  if (parts[0] === "proc" && parts.length > 1) throw refuse("nothing can be mounted below /proc");
  const unknown = options.find((option) => !optionNames.includes(option));
  if (unknown !== undefined) throw refuse(`unknown option '${unknown}'`);
  const has = (option: string) => options.includes(option);
  if (has("fs") && has("tmp")) throw refuse("options fs and tmp exclude each other");
  if (has("rw") && has("ro")) throw refuse("options rw and ro exclude each other");
  if (has("tmp") && has("ro")) throw refuse("options tmp and ro exclude each other");
  const common = { inside, devices: has("dev"), noExec: has("noexec"), maybe: has("maybe"), recursive: !has("norec") };
  if (outside === "") {
    if (options.length > 0) throw refuse("a rule that removes takes no options");
    return { ...common, kind: "remove", source: "", writable: false };
  }
  if (has("tmp")) {
    if (outside !== null) throw refuse("option tmp has nothing on the right-hand side");
    return { ...common, kind: "scratch", source: "tmpfs", writable: true };
  }
  if (has("fs")) {
    const type = outside ?? parts.at(-1)!;
    if (!mountableFilesystems.includes(type)) throw refuse(`file system '${type}' is not one of ${mountableFilesystems.join(" ")}`);
    return { ...common, kind: "filesystem", source: type, writable: has("rw") };
  }
  const source = outside ?? `/${inside}`;
  if (!source.startsWith("/") && !source.startsWith("./")) throw refuse("the path outside must begin with / or ./");
  if (source.startsWith("./") && source.split("/").includes("..")) throw refuse("the path outside must stay below the box");
  return { ...common, kind: "bind", source, writable: has("rw") };
}

function bind(inside: string, options: Partial<MountRule> = {}): MountRule {
  return { inside, kind: "bind", source: `/${inside}`, writable: false, devices: false, noExec: false, maybe: true, recursive: true, ...options };
}

function own(inside: string, kind: MountRule["kind"], source: string, options: Partial<MountRule> = {}): MountRule {
  return { ...bind(inside), kind, source, maybe: false, ...options };
}

/** What a program sees unless the caller says otherwise. */
export const defaultMounts: readonly MountRule[] = [
  own("box", "bind", "./box", { writable: true }),
  own("proc", "filesystem", "proc"),
  own("tmp", "scratch", "tmpfs", { writable: true }),
  own("dev", "devices", "tmpfs", { devices: true }),
  own("etc", "accounts", ""),
  bind("usr"),
  bind("bin"),
  bind("lib"),
  bind("lib64"),
  bind("etc/alternatives"),
  bind("etc/ld.so.cache"),
];

/**
 * Puts rules together: a later rule for the same path takes the place of the earlier one, `remove` drops it.
 */
export function mergeMounts(...layers: readonly (readonly MountRule[])[]): MountRule[] {
  const byPath = new Map<string, MountRule>();
  for (const rule of layers.flat()) {
    if (rule.kind === "remove") byPath.delete(rule.inside);
    else byPath.set(rule.inside, rule);
  }
  // A mount below another one must come after it, or it would be hidden.
  return [...byPath.values()].toSorted((a, b) => a.inside.split("/").length - b.inside.split("/").length);
}
