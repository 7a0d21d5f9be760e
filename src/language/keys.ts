/**
 * What each key of the pack format means, in a line: the one place where that is written. The JSON Schema, the skeletons of
 * `languages new` and docs/languages.md are made from it; a test holds it against schema.ts. Plain data, loads nothing.
 */
import { sizeForm, timeForm } from "./quantities.ts";

const seccomp = "policy for system calls of this step: default or strict; left out: that of the box";
const command = "a list of words, or one text that is split as a shell splits words, without a shell";
const environment = "variables of this step, over those of both steps";

/** By path, in the order in which a pack is written. */
export const packKeys = {
  version: "version of the format: 1",
  languages: "several languages in one file: only version stands beside it, everything else in the list",
  id: "what --language takes and results say: 1 to 64 of a-z 0-9 + # . _ -",
  name: "for people",
  extends: "another language, of this file or of an earlier pack: all its values but hidden, and aliases unless the id is the same, hold unless this one has its own",
  hidden: "true: not listed and not found by extension or #! line; there to be extended, or to be named by --language",
  aliases: "other names for --language",
  extensions: "with the dot; the case does not matter, except that an exact fit wins",
  shebang: "regular expression on the first line of a file that begins with #!",
  priority: "of two languages of one pack that fit a file, the one with the higher priority is taken; 0 unless it says otherwise",
  source_name: "name of the source in the box, with {stem} and {mainclass}; left out: the caller's own name",
  entry_point: "how the main class is found in the source, for languages whose file must be named after a class",
  "entry_point.ignore": "patterns that are blanked out first: comments and strings",
  "entry_point.depth": "blocks in braces that lie deeper become a semicolon for pattern; for package and file_name all blocks do",
  "entry_point.pattern": "group 1 is the main class; the first pattern that matches counts",
  "entry_point.package": "group 1 is the package, put in front of the main class",
  "entry_point.file_name": "group 1 is the class that the file must be named after; otherwise the main class",
  "entry_point.default": "the main class when nothing matches: Main unless it says otherwise; null: it must be given, by --entry-point",
  environment: "variables of both steps, a mapping; placeholders are filled in",
  mounts: "mount rules of both steps, in the form of --mount: in[=out][:option]...",
  time: "what becomes of the CPU and wall time limits of a run, whoever set them",
  "time.factor": "they are multiplied by this",
  "time.add": `then this is added: ${timeForm}`,
  memory: "what becomes of the memory limit of a run, whoever set it",
  "memory.factor": "it is multiplied by this",
  "memory.add": `then this is added: ${sizeForm}`,
  toolchain: "how the version of the compiler or runtime is asked for",
  "toolchain.command": `prints the version: ${command}`,
  "toolchain.pattern": "group 1 is the version in what the command prints; left out: the first numbers with dots between them",
  "toolchain.minimum": 'the lowest version that will do, as text: "3.11"',
  compile: "the compile step, in a directory and with limits of its own; left out: there is none",
  "compile.command": `the compiler: ${command}`,
  "compile.environment": environment,
  "compile.limits": "limits of the compiler; they have nothing to do with those of the program",
  "compile.limits.time": `CPU time of the compiler's processes together: ${timeForm}`,
  "compile.limits.wall_time": `time on the clock: ${timeForm}`,
  "compile.limits.memory": `memory of the compiler's processes together, its /tmp included: ${sizeForm}`,
  "compile.limits.processes": "processes and threads at one time",
  "compile.limits.file_size": `size of any one file: ${sizeForm}`,
  "compile.limits.output": `what is kept of its stdout and of its stderr, each: ${sizeForm}`,
  "compile.artefacts": "glob patterns of what the run step gets, relative to the working directory; left out: {executable}",
  "compile.seccomp": seccomp,
  run: "the run step",
  "run.command": `the program: ${command}`,
  "run.environment": environment,
  "run.limits": "limits of the program in place of the box's; a flag of the run counts before them",
  "run.limits.time": `CPU time of the program: ${timeForm}`,
  "run.limits.wall_time": `time on the clock, left out: twice the time: ${timeForm}`,
  "run.limits.memory": `memory of the program's processes together: ${sizeForm}`,
  "run.limits.processes": "processes and threads at one time",
  "run.limits.file_size": `size of any one file: ${sizeForm}`,
  "run.limits.stack": `stack of the main thread: ${sizeForm}`,
  "run.limits.output": `what is kept of its stdout and of its stderr, each: ${sizeForm}`,
  "run.needs": "the smallest limits that the runtime itself works with",
  "run.needs.processes": "a run of this language has a process limit of at least this",
  "run.needs.memory": `a memory limit below this is refused before anything runs: ${sizeForm}`,
  "run.seccomp": seccomp,
  test: "programs that languages test compiles and runs",
  "test.name": "for people",
  "test.source": "the text of the source file",
  "test.file_name": "its name; left out: test with the first extension",
  "test.input": "what it reads",
  "test.output": "what it must print, blanks at the ends of lines and of the whole aside; left out: anything",
  "test.status": "how it must end; left out: Success",
  "test.time": `CPU time limit of this test: ${timeForm}`,
  "test.memory": `memory limit of this test: ${sizeForm}`,
} as const;

/** A key of the format: `compile.limits.memory`; in a list of `languages`, as if it stood alone. */
export type PackKey = keyof typeof packKeys;
