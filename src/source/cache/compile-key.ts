/** The key of a compile result: SHA-256 over everything that it can depend on. */
import { readFileSync, statSync } from "node:fs";
import { IsolateError } from "../../model/errors.ts";
import type { PreparedRun } from "../../executor/plan/prepare.ts";
import { callerUid } from "../../kernel/caller.ts";
import type { CompilePlan } from "../../language/plan-source.ts";
import { type Compiler, findCompiler, identityOf } from "./compiler.ts";
import { stateOfMounts } from "./mounted.ts";
import { stateOfPackages } from "./packages.ts";

/** To be raised when entries, or what the key is made of, mean something else than before. */
const formatVersion = 1;

/** A file that is put into the compile directory. */
export interface StagedFile {
  readonly name: string;
  readonly mode: number;
  readonly bytes: Uint8Array;
}

/** A compile step with nothing left to decide. */
export interface CompileInputs {
  readonly files: readonly StagedFile[];
  /** Id of the language. */
  readonly language: string | null;
  readonly plan: CompilePlan;
  /** The same as it would be launched: box, run and pack put together. */
  readonly prepared: PreparedRun;
  /** The box's chroot_dir. */
  readonly root: string | null;
  readonly strict: boolean;
  /** Ids of a user of the host that the compiler runs as, since such a one may have rights of its own; null: those of a box, which has none. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
}

/** The compiler that a step would start. @throws IsolateError of kind Io when it is not a file that is there */
export function compilerOf({ spec }: PreparedRun): Compiler {
  const compiler = findCompiler(spec.mounts, spec.chdir, spec.program.candidates);
  if (compiler === null) throw new IsolateError("Io", `cannot tell which file ${spec.program.argv[0]} is`);
  return compiler;
}

/**
 * 64 hexadecimal digits. One JSON text with everything but the contents, the sizes of the files included, then the contents: the text's length
 * is in front of it, so no byte of one part can be taken for one of another.
 * @throws IsolateError of kind Io when something that the result depends on cannot be seen
 */
export function compileKey({ files, prepared, root, ...step }: CompileInputs): string {
  // Which box it is must not matter (an uid of the host is in the step), nor what the launch takes back of the caller;
  // everything else of the specification does, also what is added to it one day.
  const { rootMountPoint: _mountPoint, workdir: _workdir, uid: _uid, gid: _gid, cpus: _cpus, caller, subordinate, ...spec } = prepared.spec;
  const compiler = compilerOf(prepared);
  const head = Buffer.from(
    JSON.stringify({
      formatVersion,
      caller: callerUid(),
      build: ownBuild(),
      boot: bootId(),
      ...step,
      spec,
      subordinate: subordinate !== null,
      limits: caller.limits,
      root,
      compiler: compiler.identity,
      packages: stateOfPackages(root),
      mounted: stateOfMounts(spec.mounts, root, compiler.path),
      files: files.map(({ name, mode, bytes }) => [name, mode, bytes.length]),
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  const hash = new Bun.CryptoHasher("sha256");
  for (const part of [length, head, ...files.map(({ bytes }) => bytes)]) hash.update(part);
  return hash.digest("hex");
}

/** What changes when this program does, by whose results a new one must not answer: the binary, or this file in a library. */
function ownBuild(): string {
  return identityOf(statSync(import.meta.path.startsWith("/$bunfs/") ? process.execPath : import.meta.path, { bigint: true }));
}

/**
 * The boot of this machine (random(4)). Part of every key: what was made for other processors is not used, and what was not yet on the disk when a
 * machine went down is never looked for, so nothing has to be synced.
 */
export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
}
