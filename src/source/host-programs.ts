/**
 * Programs that the host has and a box does not see: toolchains in home directories, in /opt, behind the shims of version
 * managers. Nothing is executed; a link and a shim are followed to the installation, since that is what has to be mounted.
 */
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { callerEnvironment } from "../config/load.ts";
import { exitCodes, IsolateError } from "../model/errors.ts";
import { lookInBox } from "../executor/plan/box-view.ts";
import { resolveMounts } from "../executor/plan/resolve.ts";
import type { ResolvedMount } from "../executor/plan/spec.ts";
import { defaultPath } from "../model/environment.ts";
import { parseMountRule } from "../model/mounts.ts";

/** Why a box does not find a program. */
export type Absence =
  /** Not on this host. `elsewhere`: the box has one by that name in another place. */
  | { readonly kind: "missing"; readonly program: string; readonly elsewhere: string | null }
  /** On the host only. With `mount` a box has it at `hostPath`, which is `program` itself where a mount can make it so. */
  | { readonly kind: "outside"; readonly program: string; readonly hostPath: string; readonly mount: string };

type Environment = Readonly<Record<string, string>>;

/**
 * Looks for a program that a box does not find.
 * @param program an absolute path, or a name
 * @param mounts of the box
 * @param environment of the caller: PATH and HOME say where to look
 */
export function findOnHost(program: string, mounts: readonly ResolvedMount[], environment: Environment = callerEnvironment()): Absence {
  const name = basename(program);
  const places = [...(program.startsWith("/") ? [program] : []), ...searchDirectories(environment).map((directory) => `${directory}/${name}`)];
  const sees = (path: string, ...more: readonly ResolvedMount[]) => {
    const seen = lookInBox([...mounts, ...more], path);
    return seen.kind === "file" && seen.executable;
  };
  for (const place of new Set(places)) {
    if (!isProgram(place)) continue;
    if (sees(place)) return { kind: "missing", program, elsewhere: place };
    const real = behindShims(place, environment);
    if (real === null) continue;
    if (sees(real)) {
      // A program with many names (snap, busybox) is another one by its own name.
      if (!basename(real).includes(name)) continue;
      return { kind: "missing", program, elsewhere: real };
    }
    const rules = mountsFor(program, real, environment);
    for (const path of program.startsWith("/") ? [program, real] : [real]) {
      const mount = rules.find((rule) => sees(path, ...resolved(rule)));
      if (mount !== undefined) return { kind: "outside", program, hostPath: path, mount };
    }
  }
  return { kind: "missing", program, elsewhere: null };
}

/** One line: what is the matter. */
export function describeAbsence(absence: Absence): string {
  return `${absence.program} is not ${absence.kind === "outside" ? "visible in a box" : "installed on this host"}`;
}

/** What to do about it. */
export function adviceFor(absence: Absence): string {
  const { kind, program } = absence;
  if (kind === "outside") {
    const { hostPath, mount } = absence;
    if (hostPath === program) return `the host has it: add '${mount}' to the mounts of the language pack`;
    return `the host has ${hostPath}: add '${mount}' to the mounts of a language pack and name this path in its commands`;
  }
  if (absence.elsewhere !== null) return `the host has ${absence.elsewhere}: name this path in a language pack of your own`;
  return `install the package that brings ${program}, or use another language pack`;
}

/** A compiler or runtime that is not there is the host's fault, so it must not look like a verdict. @param what what could not be done */
export function absenceError(absence: Absence, what: string): IsolateError {
  return new IsolateError("Process", `cannot ${what}: ${describeAbsence(absence)}`, { exitCode: exitCodes.unavailable, hint: adviceFor(absence) });
}

/** What boxes have first, then what the caller has, then where toolchains are usually put. */
function searchDirectories(environment: Environment): readonly string[] {
  const home = environment["HOME"] ?? "";
  const ofHome = [".cargo/bin", ".pyenv/shims", ".rbenv/shims", ".asdf/shims", ".local/share/mise/shims", ".sdkman/candidates/java/current/bin", ".local/bin", "bin", "go/bin"];
  return [
    ...defaultPath.split(":"),
    ...(environment["PATH"] ?? "").split(":").filter((directory) => directory.startsWith("/")),
    ...(home.startsWith("/") ? ofHome.map((directory) => `${home}/${directory}`) : []),
    "/opt/bin",
    ...["/opt", "/usr/local", "/usr/lib/jvm"].flatMap((parent) => entriesOf(parent).flatMap((entry) => [`${parent}/${entry}/bin`, `${parent}/${entry}`])),
  ];
}

/** The program that a link or the shim of a version manager leads to; null when that cannot be told. */
function behindShims(place: string, environment: Environment): string | null {
  const real = realpathSync(place);
  const name = basename(place);
  for (const path of [place, real]) {
    if (basename(dirname(path)) === "shims") return installedBy(dirname(dirname(path)), name);
  }
  // rustup is every tool of its toolchains by a link, symbolic or hard.
  const rustup = statSync(`${dirname(real)}/rustup`, { throwIfNoEntry: false });
  if (rustup === undefined || statSync(real).ino !== rustup.ino) return real;
  const home = environment["RUSTUP_HOME"] ?? `${dirname(dirname(dirname(real)))}/.rustup`;
  const chosen = /^default_toolchain *= *"([^"/]+)"/m.exec(textOf(`${home}/settings.toml`))?.[1];
  return newestOf(`${home}/toolchains`, (toolchain) => `${toolchain}/bin/${name}`, chosen);
}

/** pyenv, rbenv and their kin have versions/VERSION/bin, asdf and mise installs/TOOL/VERSION/bin. */
function installedBy(manager: string, name: string): string | null {
  const [chosen] = textOf(`${manager}/version`).split(/\s/, 1);
  const inVersions = newestOf(`${manager}/versions`, (version) => `${version}/bin/${name}`, chosen);
  if (inVersions !== null) return inVersions;
  for (const tool of entriesOf(`${manager}/installs`)) {
    const found = newestOf(`${manager}/installs/${tool}`, (version) => `${version}/bin/${name}`);
    if (found !== null) return found;
  }
  return null;
}

/** The chosen entry of a directory if it has the program, else the newest that has. */
function newestOf(directory: string, program: (entry: string) => string, chosen = ""): string | null {
  const entries = entriesOf(directory).toSorted((a, b) => b.localeCompare(a, "en", { numeric: true }));
  for (const entry of [...entries.filter((entry) => entry === chosen), ...entries]) {
    const path = `${directory}/${program(entry)}`;
    if (isProgram(path)) return realpathSync(path);
  }
  return null;
}

/** Rules that may make a program visible, the one that follows the caller's own path first. */
function mountsFor(program: string, real: string, environment: Environment): readonly string[] {
  const prefix = installationOf(real, environment);
  const inside = real.slice(prefix.length);
  const places = program.startsWith("/") && inside !== "" && program.endsWith(inside) ? [program.slice(0, -inside.length), prefix] : [prefix];
  return places.filter((place) => sameFile(place, prefix)).map((place) => place.slice(1));
}

function sameFile(a: string, b: string): boolean {
  return a === b || (isDirectory(a) && realpathSync(a) === b);
}

/** Directories that hold more than one installation, or a home: not to be shown to a program as a whole. */
const tooMuch = /^(?:\/|\/(?:root|home|opt|srv|mnt|media|tmp|var|run|usr|etc)|\/(?:home|mnt|media|var)\/[^/]+|\/usr\/local|.*\/\.local)$/;

/** Stores whose installations use each other. */
const stores = /^(?:\/nix\/store|\/gnu\/store|.*\/\.linuxbrew)(?=\/)/;

/** What has to be mounted so that a program finds its own files: the directory above its `bin`. */
function installationOf(real: string, environment: Environment): string {
  const store = stores.exec(real)?.[0];
  if (store !== undefined) return store;
  const holds = (directory: string) => !tooMuch.test(directory) && !sameFile(environment["HOME"] ?? "/", directory);
  const directory = dirname(real);
  const above = dirname(directory);
  if (/^s?bin$/.test(basename(directory))) return holds(above) ? above : directory;
  return holds(directory) ? directory : real;
}

/** Nothing for a rule that cannot be written: a path with a colon in it, or below /proc. */
function resolved(rule: string): readonly ResolvedMount[] {
  try {
    return resolveMounts([parseMountRule(rule)], "/");
  } catch {
    return [];
  }
}

function isProgram(path: string): boolean {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat !== undefined && stat.isFile() && (stat.mode & 0o111) !== 0;
  } catch {
    return false;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** More entries than this are not looked through. */
const entryLimit = 500;

function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory).slice(0, entryLimit);
  } catch {
    return [];
  }
}

/** The files of version managers are a few lines. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
