/**
 * What each key of the pack format means, in a line: the one place where that is written. The JSON Schema, the skeletons of
 * `languages new` and docs/languages.md are made from it; a test holds it against schema.ts. Plain data, loads nothing.
 */
import { sizeForm, timeForm } from "./quantities.ts";

const seccomp = "policy for system calls of this step: default or strict; left out: that of the box";
const command = "a list of words, or one text; the text is split into words as a shell does it, but no shell runs";
const environment = "variables of this step; they override the variables of both steps";

/** By path, in the order in which a pack is written. */
export const packKeys = {
  version: "version of the format: 1",
  languages: "a list of several languages in one file; the only other key of the file is then version",
  id: "name of the language for --language and in results: 1 to 64 of a-z 0-9 + # . _ -",
  name: "display name of the language",
  extends: "another language, of this file or of an earlier pack; its values are inherited, except hidden, and except aliases unless the id is the same; values of this language replace them",
  hidden: "true: the language is not listed, and not found by extension or #! line; other languages can extend it, and --language can name it",
  aliases: "other names for --language",
  extensions: "file name extensions, with the dot; upper and lower case count as the same, but an exact match wins",
  shebang: "regular expression for the first line of a file that begins with #!",
  priority: "if two languages of one pack fit a file, the higher priority wins; left out: 0",
  source_name: "name of the source file in the box; {stem} and {mainclass} are filled in; left out: the name that the caller uses",
  entry_point: "how to find the main class in the source; for languages that want the file to have the name of a class",
  "entry_point.ignore": "patterns for comments and strings, which are replaced by blanks first",
  "entry_point.depth": "for pattern, blocks in braces deeper than this are replaced by a semicolon; for package and file_name, all blocks are",
  "entry_point.pattern": "group 1 is the main class; the first pattern that matches counts",
  "entry_point.package": "group 1 is the package; it is put in front of the main class",
  "entry_point.file_name": "group 1 is the class that gives the file its name; if nothing matches, the main class gives it",
  "entry_point.default": "the main class if nothing matches; left out: Main; null: the caller must give it with --entry-point",
  environment: "variables of both steps, as a mapping; placeholders are filled in",
  mounts: "mount rules of both steps, in the form of --mount: in[=out][:option]...",
  network: "loopback: both steps have TCP and UDP on a loopback interface of their own; left out: what the box has",
  allow: "what both steps may do on top, as a list: locks, fifos, ptrace; as --allow does; not with the seccomp profile strict",
  time: "changes the CPU and wall time limits of a run, no matter who set them",
  "time.factor": "the limits are multiplied by this",
  "time.add": `then this is added: ${timeForm}`,
  memory: "changes the memory limit of a run, no matter who set it",
  "memory.factor": "the limit is multiplied by this",
  "memory.add": `then this is added: ${sizeForm}`,
  toolchain: "how to find the version of the compiler or runtime",
  "toolchain.command": `the command that prints the version: ${command}`,
  "toolchain.pattern": "regular expression for the output of the command; group 1 is the version; left out: the first numbers with dots between them",
  "toolchain.minimum": 'the lowest version that is accepted, as text: "3.11"',
  compile: "the compile step; it has its own directory and its own limits; left out: there is none",
  "compile.command": `the compiler: ${command}`,
  "compile.environment": environment,
  "compile.limits": "limits of the compiler; they are independent of the limits of the program",
  "compile.limits.time": `CPU time of all processes of the compiler together: ${timeForm}`,
  "compile.limits.wall_time": `wall time: ${timeForm}`,
  "compile.limits.memory": `memory of all processes of the compiler together, its /tmp included: ${sizeForm}`,
  "compile.limits.processes": "processes and threads at the same time",
  "compile.limits.file_size": `size of any one file: ${sizeForm}`,
  "compile.limits.output": `size kept of stdout and of stderr, for each: ${sizeForm}`,
  "compile.artefacts": "glob patterns for the files that the run step gets, relative to the working directory; left out: {executable}",
  "compile.seccomp": seccomp,
  run: "the run step",
  "run.command": `the program: ${command}`,
  "run.environment": environment,
  "run.limits": "limits of the program; they replace the limits of the box, and a flag of the run replaces them",
  "run.limits.time": `CPU time of the program: ${timeForm}`,
  "run.limits.wall_time": `wall time: ${timeForm}; left out: twice the time, if time is set`,
  "run.limits.memory": `memory of all processes of the program together: ${sizeForm}`,
  "run.limits.processes": "processes and threads at the same time",
  "run.limits.file_size": `size of any one file: ${sizeForm}`,
  "run.limits.stack": `stack of the main thread: ${sizeForm}`,
  "run.limits.output": `size kept of stdout and of stderr, for each: ${sizeForm}`,
  "run.needs": "the smallest limits that the runtime needs to work",
  "run.needs.processes": "a lower process limit of a run is raised to this",
  "run.needs.memory": `a lower memory limit of a run is refused before anything runs: ${sizeForm}`,
  "run.seccomp": seccomp,
  test: "test programs; the command languages test compiles and runs them",
  "test.name": "display name of the test",
  "test.source": "the text of the source file",
  "test.file_name": "name of the source file; left out: test with the first extension",
  "test.input": "standard input of the program; left out: empty",
  "test.output": "the expected output; blanks at the ends of lines and at the end are ignored; left out: anything",
  "test.status": "the expected status; left out: Success",
  "test.time": `CPU time limit of this test: ${timeForm}`,
  "test.memory": `memory limit of this test: ${sizeForm}`,
} as const;

/** A key of the format: `compile.limits.memory`; in a list of `languages`, as if it stood alone. */
export type PackKey = keyof typeof packKeys;
