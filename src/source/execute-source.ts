/**
 * A source file in a box: compiled in a directory of its own with limits of its own, the results moved by
 * descriptor, then run. Two runs, two observations: nothing that the compiler used counts against the program.
 */
import { basename, dirname } from "node:path";
import { errnoOf } from "../kernel/errno.ts";
import { exitCodes, IsolateError } from "../model/errors.ts";
import { CompileCache } from "./cache/compile-cache.ts";
import type { StagedFile } from "./cache/compile-key.ts";
import { compileCacheBytes, environmentPacks, sudoUid, uidRange } from "../config/load.ts";
import { findProgram } from "../executor/plan/box-view.ts";
import { executeInBox, explainRun } from "../executor/execute.ts";
import { executeRuns } from "../executor/runs.ts";
import { runtimeIn, runtimeProblem } from "../executor/plan/runtime.ts";
import { noPack, prepareRun, type Box, type PreparedRun } from "../executor/plan/prepare.ts";
import type { RunLimits } from "../model/run-limits.ts";
import { compileErrorResult, compileResult, runResult } from "../executor/verdict/result.ts";
import type { Language } from "../language/language.ts";
import { planSource, type CompilePlan, type SourcePlan } from "../language/plan-source.ts";
import { fallbackOf } from "../language/fallback.ts";
import { languageSet, type LanguageSet } from "../language/registry.ts";
import { resolveLanguage } from "../language/resolve.ts";
import { languageLimits, runLimitKeys, withoutGiven } from "../language/run-limits.ts";
import { isWallTimeFor } from "../model/limits.ts";
import { parseMountRule } from "../model/mounts.ts";
import type { RunOptions, Stdin } from "../model/request.ts";
import { largestSourceBytes, type SourceRequest } from "./source-request.ts";
import type { CompileResult, ExecutionResult } from "../model/result.ts";
import { msToSeconds, secondsToMs } from "../model/units.ts";
import { makeOwnedDirectory, type Owner } from "../box/box.ts";
import { readCallersFile, withDirectory, withWorkdir } from "../box/files.ts";
import { compileBoxOf, compileOptionsOf, mountsOf, prepareCompile } from "./compile-step.ts";
import { carryResults, compileDirectory, placeCompiled, removeCompileDirectory } from "./compile-results.ts";
import { diskFault } from "./disk-fault.ts";
import { readKeptPacks } from "./kept-packs.ts";
import { patienceFor } from "./patience.ts";
import { stage } from "./stage.ts";
import { removeTree } from "../box/remove-tree.ts";
import { ioFault, isFullDisk } from "../state/io-fault.ts";
import { boxUids } from "../state/uids.ts";

/** A source that is read and planned, both steps prepared; nothing is touched yet. */
export interface PreparedSource {
  /** The caller's name of the source. */
  readonly fileName: string;
  /** The source, then what lies beside it. */
  readonly files: readonly StagedFile[];
  readonly plan: SourcePlan;
  readonly compile: { readonly plan: CompilePlan; readonly prepared: PreparedRun } | null;
  readonly run: PreparedRun;
  /** Size of the compile cache; 0: neither look there nor keep anything. */
  readonly cacheBytes: number;
  readonly request: Pick<SourceRequest, "compiled" | "onlyCompile" | "kept">;
}

/**
 * Reads and plans a source; one that is kept and was planned for this box and these options is not read again.
 * @throws IsolateError: Config for the source, its language or its options; with exit code 69 when the compiler or runtime is not there
 */
export async function prepareSource(box: Box, request: SourceRequest, options: RunOptions): Promise<PreparedSource> {
  const { kept = null } = request;
  return kept === null ? await prepareAnew(box, request, options) : await kept.prepared(box, request, options, () => prepareAnew(box, request, options));
}

async function prepareAnew(box: Box, request: SourceRequest, options: RunOptions): Promise<PreparedSource> {
  const { bytes, executable } = request.bytes === undefined ? readCallersFile(request.path, largestSourceBytes) : { bytes: request.bytes, executable: false };
  const fileName = basename(request.path);
  const added = request.addedFiles ?? (request.added?.length ? (await import("./added-files.ts")).readAdded(request.added) : []);
  const languages = request.languages ?? (await loadLanguages(box, request, options));
  const chosen = resolveLanguage({ fileName, firstBytes: bytes.subarray(0, 256), language: request.language, executable }, languages);
  const language = chosen === null ? null : languageInBox(chosen, languages, box, options);
  const compileBox = compileBoxOf(box);
  // The limits of the run fill the pack's placeholders, so they are worked out first.
  const { limits: boxLimits, isolation } = prepareRun(box, ["placeholder"], options);
  const limits = runLimits(language, boxLimits, options);
  const plan = planSource(language, {
    fileName,
    source: bytes,
    added: added.flatMap(({ name }) => (name.includes("/") ? [] : [name])),
    inTrees: added.flatMap(({ name }) => (name.includes("/") ? [name] : [])),
    onlyBeside: request.onlyBeside ?? [],
    entryPoint: request.entryPoint ?? null,
    args: request.args ?? [],
    memoryBytes: limits.memoryBytes,
    cpuTimeSeconds: limits.cpuTimeMs === null ? null : msToSeconds(limits.cpuTimeMs),
    workdir: isolation === "none" ? box.workdir : "/box",
    compileDir: isolation === "none" ? compileBox.workdir : "/box",
    startsElsewhere: options.chdir !== null,
    runtime: runtimeIn(isolation),
  });
  const compile = plan.compile && { plan: plan.compile, prepared: prepareCompile(compileBox, plan.compile, options) };
  const run = prepareRun(box, plan.run.command, options, {
    environment: plan.run.environment,
    mounts: mountsOf(plan.run),
    network: plan.run.network,
    allow: plan.run.allow,
    limits,
    // In a temporary box the flags of the run count before the pack.
    limitKeys: box.temporary === true ? {} : runLimitKeys(language?.run.limits ?? {}),
    minimumProcesses: plan.run.minimumProcesses,
    seccomp: plan.run.seccomp,
    compiles: false,
  });
  if (plan.run.usesRuntime || plan.compile?.usesRuntime === true) requireRuntime(run, `run ${fileName}`);
  if (compile !== null) requireProgram(compile.prepared, `compile ${fileName}`);
  requireProgram(run, `run ${fileName}`);
  const cacheBytes = request.cache === false ? 0 : compileCacheBytes();
  return { fileName, files: [{ name: plan.stagedName, bytes, mode: plan.stagedMode }, ...added.filter(({ name }) => name !== plan.stagedName)], plan, compile, run, cacheBytes, request };
}

/** Every language that a source in this box may be in. @param box null: one that keeps no packs @throws IsolateError of kind Config, Io */
export async function languagesFor(box: Box | null, packs: readonly string[]): Promise<LanguageSet> {
  return await languageSet({ environment: environmentPacks(), given: packs, sudoUid: sudoUid(), kept: box === null ? [] : readKeptPacks(box) });
}

async function loadLanguages(box: Box, { packs }: SourceRequest, options: RunOptions): Promise<readonly Language[]> {
  const { languages, problems } = await languagesFor(box, packs);
  for (const problem of problems) options.warn?.(problem);
  return languages;
}

/** The limits of the run step. */
export function runLimits(language: Language | null, limits: RunLimits, { overrides, limitsGiven }: RunOptions): RunLimits {
  if (language === null) return limits;
  const own = withoutGiven(language.run.limits, limitsGiven ?? []);
  const { cpuTimeSeconds: packCpu, wallTimeSeconds: packWall } = own;
  // A wall time limit of the pack that only goes with its CPU time limit goes when that is replaced.
  const isWallGiven = overrides.maxTime !== undefined || (typeof overrides.maxCpu === "number" && packWall !== undefined && isWallTimeFor(packCpu ?? null, packWall));
  const inSeconds = (ms: number | null) => (ms === null ? null : msToSeconds(ms));
  const { cpuTimeSeconds, wallTimeSeconds, ...others } = languageLimits(
    { time: language.time, memory: language.memory, run: { limits: own } },
    { cpuTimeSeconds: inSeconds(limits.cpuTimeMs), wallTimeSeconds: inSeconds(limits.wallTimeMs), memoryBytes: limits.memoryBytes },
    { cpuTimeSeconds: overrides.maxCpu !== undefined, wallTimeSeconds: isWallGiven, memoryBytes: overrides.maxMemory !== undefined },
  );
  const inMs = (seconds: number | null) => (seconds === null ? null : secondsToMs(seconds));
  return { ...limits, ...others, cpuTimeMs: inMs(cpuTimeSeconds), wallTimeMs: inMs(wallTimeSeconds) };
}

/** The language, or its fallback where the box does not find a program of it. */
function languageInBox(language: Language, languages: readonly Language[], box: Box, options: RunOptions): Language {
  const fallback = fallbackOf(language, languages);
  if (fallback === null) return language;
  const { compile, run, mounts } = language;
  const finds = ({ command, environment }: Language["run"] | NonNullable<Language["compile"]>) => {
    const program = command[0]!;
    if (program.includes("{")) return true;
    const plain = environment.filter(([, value]) => !value.includes("{"));
    return findsProgram(prepareRun(box, [program], options, { ...noPack, environment: plain, mounts: mounts.map(parseMountRule) }));
  };
  return [run, ...(compile === null ? [] : [compile])].every(finds) ? language : fallback;
}

function findsProgram({ spec: { workdir, mounts, program } }: PreparedRun): boolean {
  // Without namespaces the working directory has its own path; what is in it comes later.
  return program.argv[0]!.startsWith(`${workdir}/`) || findProgram(mounts, program.candidates) !== null;
}

/** @throws IsolateError with exit code 69 when the user of the program may not execute the runtime in the binary */
function requireRuntime({ spec }: PreparedRun, what: string): void {
  const problem = runtimeProblem(spec);
  if (problem !== null) throw new IsolateError("Process", `cannot ${what}: ${problem.what}`, { exitCode: exitCodes.unavailable, hint: problem.advice });
}

/** @throws IsolateError with exit code 69 when the box does not find the program of a step */
function requireProgram(prepared: PreparedRun, what: string): void {
  if (findsProgram(prepared)) return;
  const { mounts, program } = prepared.spec;
  const { absenceError, findOnHost } = require("./host-programs.ts") as typeof import("./host-programs.ts");
  throw absenceError(findOnHost(program.argv[0]!, mounts), what);
}

/** Compiles if need be, and runs, in a box whose lock is held. @throws IsolateError, SyscallError */
export async function executeSource(box: Box, source: PreparedSource, stdin: Stdin, options: RunOptions): Promise<ExecutionResult> {
  const { plan, files, request: { compiled: earlier = null, onlyCompile = false, kept = null } } = source;
  if (plan.stagedName !== source.fileName) options.trace?.(`in the box, ${JSON.stringify(source.fileName)} is called ${plan.stagedName}`);
  const owner: Owner | null = source.run.spec.ownUid ? { uid: box.uid, gid: box.gid } : null;
  const cache = earlier === null ? compileCacheOf(box, source, options) : null;
  const mostBytes = box.config.disk_quota ?? source.run.limits.diskBytes; // of the results of a compiler, together
  const take = (): CompileResult | null =>
    inBox(box, "copy what was compiled before into the box", () =>
      earlier !== null ? placeCompiled(earlier, box.workdir, source.compile!.plan, owner, mostBytes) : (kept?.results.place(box.workdir, owner, mostBytes) ?? cache?.take(box.workdir, owner, mostBytes, kept?.results) ?? null));
  let compiled = take();
  const turn = source.compile === null || compiled !== null || cache === null ? null : await cache.turn(patienceFor(source.compile.plan, options));
  if (turn?.hasWaited) compiled = take();
  if (source.compile === null) {
    inBox(box, "write the source into the box", () => withWorkdir(box.workdir, (directory) => stage(directory, files, owner)));
  } else if (compiled === null) {
    const compileBox = compileBoxOf(box);
    try {
      inBox(box, "write the source where it is compiled", () => {
        withDirectory(box.home, (home) => {
          removeTree(home, compileDirectory);
          makeOwnedDirectory(home, compileDirectory, owner);
        });
        withDirectory(compileBox.workdir, (directory) => stage(directory, files, owner));
      });
      options.trace?.(`compiling: ${source.compile.plan.command.join(" ")}`);
      const step = await executeInBox(compileBox, source.compile.prepared, { kind: "empty" }, compileOptionsOf(options), options.warn);
      compiled = { ...step, cached: false };
      if (compiled.status !== "Success") {
        const full = diskFault(compiled, box.home, source.compile.prepared.limits.diskBytes);
        return compileErrorResult(full === null ? compiled : { ...compiled, ...full }, plan.language);
      }
      const fault = carryResults(compileBox.workdir, box.workdir, source.compile.plan, {
        owner, mostBytes, isolation: source.run.isolation, faultOf: (error) => faultIn(box, "copy what the compiler made into the box", error),
      });
      if (fault !== null) return compileErrorResult({ ...compiled, ...fault, success: false, error_message: await faultMessage(fault, box) }, plan.language);
      cache?.keep(compileBox.workdir, step);
      if (source.run.isolation !== "none") kept?.results.keep(dirname(box.home), compileBox.workdir, source.compile.plan.artefacts, step, mostBytes);
    } finally {
      turn?.[Symbol.dispose]();
      removeCompileDirectory(box.home, options);
    }
  }
  if (onlyCompile && compiled !== null) return compileResult(compiled, plan.language);
  options.trace?.(`running: ${plan.run.command.join(" ")}`);
  return runResult(await executeRuns(box, source.run, stdin, options), plan.language, compiled);
}

/** A compiler's results that the box cannot take are the only ones that a limit is named for. */
async function faultMessage({ limit, error_message }: Pick<CompileResult, "limit" | "error_message">, { config, temporary = false }: Box): Promise<string | null> {
  if (limit === null || error_message === null) return error_message;
  if (config.disk_quota !== null) return `${error_message}: raise it with init --quota`;
  return (await import("../executor/verdict/raise.ts")).withWhatRaises(error_message, limit, { keys: {}, temporary });
}

/** @throws IsolateError of kind Io that says what could not be done in the box */
function inBox<T>(box: Box, action: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw faultIn(box, action, error);
  }
}

/** The error for what could not be done in a box; what is a mistake in this program is thrown as it is. */
function faultIn({ config }: Box, action: string, error: unknown): IsolateError {
  if (!(error instanceof IsolateError) && errnoOf(error) === null) throw error;
  const quota = config.disk_quota !== null && isFullDisk(error) ? "the quota of the box is used up: use a fresh box, or one with a larger --quota" : undefined;
  return ioFault(action, error, quota);
}

/** Whether a box has ids that were given to it and to nobody else on the host; in a user namespace every box has the caller's. */
function isBoxUser({ uid, gid }: Box): boolean {
  const { first, last } = uidRange() ?? boxUids;
  return uid === gid && uid >= first && uid <= last;
}

function compileCacheOf(box: Box, { plan, files, compile, cacheBytes }: PreparedSource, options: RunOptions): CompileCache | null {
  if (compile === null) return null;
  const inputs = {
    files,
    language: plan.language,
    plan: compile.plan,
    prepared: compile.prepared,
    root: box.config.chroot_dir,
    strict: options.strict || box.config.strict,
    user: isBoxUser(box) ? null : { uid: box.uid, gid: box.gid },
  };
  // The homes of boxes lie in the state directory.
  return new CompileCache(dirname(box.home), cacheBytes, inputs, options.trace);
}

/** Both steps as data, for `--explain`. */
export function explainSource(source: PreparedSource): unknown {
  return {
    language: source.plan.language,
    source_name: source.plan.stagedName,
    compile: source.compile && { command: source.compile.plan.command, artefacts: source.compile.plan.artefacts, ...explainRun(source.compile.prepared) },
    run: { command: source.plan.run.command, ...explainRun(source.run) },
  };
}
