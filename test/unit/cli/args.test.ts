import { describe, expect, test } from "bun:test";
import { parseArguments } from "../../../src/cli/args.ts";
import { commands, flagOf, flagsOf, type CommandName } from "../../../src/cli/flags.ts";
import { IsolateError } from "../../../src/model/errors.ts";

const allCommands = Object.keys(commands) as CommandName[];

/** The error that arguments are refused with. */
function refusal(command: CommandName, argv: readonly string[]): IsolateError {
  try {
    parseArguments(command, argv);
  } catch (error) {
    if (error instanceof IsolateError) return error;
    throw error;
  }
  throw new Error(`accepted: ${command} ${argv.join(" ")}`);
}

const runFlags = (...argv: string[]) => parseArguments("run", [...argv, "prog"])!.flags;

describe("what is mistyped is refused", () => {
  test.each([
    { trap: "an unknown flag names the nearest known one", command: "init", argv: ["--tmie", "2"], message: "unknown flag --tmie for init", hint: "did you mean --cpu-time?" },
    { trap: "an unknown flag with a value does not become a program", command: "run", argv: ["--tmie", "2", "prog"], message: "unknown flag --tmie for run", hint: "did you mean --cpu-time?" },
    { trap: "an unknown flag with =", command: "run", argv: ["--jsn=1", "prog"], message: "unknown flag --jsn for run", hint: "did you mean --json?" },
    { trap: "a flag of another command", command: "run", argv: ["--mem", "64", "prog"], message: "unknown flag --mem for run", hint: "isolate's --mem is --memory 1M (isolate counts in KB) here; isolate bounds the address space of each process, --memory what all of them use together" },
    { trap: "a flag that is like no other", command: "list", argv: ["--qqqqqqqq"], message: "unknown flag --qqqqqqqq for list", hint: "mini-isolate list --help lists the flags" },
    { trap: "a camel-case spelling", command: "run", argv: ["--boxId", "1", "prog"], message: "unknown flag --boxId for run", hint: "did you mean --box-id?" },
    { trap: "an upper-case spelling", command: "run", argv: ["--JSON", "prog"], message: "unknown flag --JSON for run", hint: "did you mean --json?" },
    { trap: "a prefix of a flag", command: "run", argv: ["--verb", "prog"], message: "unknown flag --verb for run", hint: "did you mean --verbose?" },
    { trap: "a negated switch", command: "run", argv: ["--no-json", "prog"], message: "unknown flag --no-json for run", hint: "leave --json out to switch it off" },
    { trap: "a negated anything", command: "run", argv: ["--no-such", "prog"], message: "unknown flag --no-such for run" },
    { trap: "a single-dash word", command: "init", argv: ["-time", "5"], message: "unknown flag -time for init", hint: "did you mean --cpu-time?" },
    { trap: "a short flag", command: "run", argv: ["-v", "prog"], message: "unknown flag -v for run", hint: "isolate's -v (--verbose) is --verbose here" },
    { trap: "one letter that nobody knows", command: "run", argv: ["-z", "prog"], message: "unknown flag -z for run", hint: "mini-isolate run --help lists the flags" },
    { trap: "one letter behind two dashes", command: "run", argv: ["--t", "prog"], message: "unknown flag --t for run", hint: "mini-isolate run --help lists the flags" },
    { trap: "isolate's time, which is CPU time", command: "run", argv: ["-t5", "prog"], message: "unknown flag -t5 for run", hint: "isolate's -t (--time) is --cpu-time 5 here" },
    { trap: "isolate's memory, in KB", command: "run", argv: ["-m", "65536", "prog"], message: "unknown flag -m for run", hint: "isolate's -m (--mem) is --memory 64M (isolate counts in KB) here; isolate bounds the address space of each process, --memory what all of them use together" },
    { trap: "isolate's rule for a directory", command: "run", argv: ["--dir=/etc", "prog"], message: "unknown flag --dir for run", hint: "isolate's --dir is --mount here; --dir of init is the working directory of a box" },
    { trap: "isolate's meta file, for init", command: "init", argv: ["-M", "meta"], message: "unknown flag -M for init", hint: "isolate's -M (--meta) is --meta here, a flag of run, execute" },
    { trap: "isolate's option that we have nothing for", command: "run", argv: ["--extra-time=1", "prog"], message: "unknown flag --extra-time for run", hint: "isolate's --extra-time: a program over its limit is ended at once; the time that it took is in the result; mini-isolate isolate has the command line of isolate" },
    { trap: "a name of the object prototype", command: "run", argv: ["--constructor", "prog"], message: "unknown flag --constructor for run" },
    { trap: "three dashes", command: "run", argv: ["---json", "prog"], message: "unknown flag ---json for run", hint: "did you mean --json?" },
    { trap: "only an equals sign", command: "run", argv: ["--=1", "prog"], message: "unknown flag -- for run", hint: "mini-isolate run --help lists the flags" },
    { trap: "a missing value at the end", command: "init", argv: ["--mem"], message: "missing value for --mem", hint: null },
    { trap: "a missing value before another flag", command: "init", argv: ["--mem", "--strict"], message: "missing value for --mem", hint: "a value that begins with -- is written --mem=--strict" },
    { trap: "a missing value before --", command: "run", argv: ["--box-id", "--", "prog"], message: "missing value for --box-id" },
    { trap: "an empty value behind =", command: "init", argv: ["--mem="], message: "empty value for --mem" },
    { trap: "an empty value as an argument of its own", command: "run", argv: ["--input", "", "prog"], message: "empty value for --input" },
    { trap: "a repeated value flag", command: "init", argv: ["--mem", "1", "--mem", "2"], message: "--mem is given twice: it is the same as --memory" },
    { trap: "a repeated switch", command: "run", argv: ["--json", "--json", "prog"], message: "--json is given twice" },
    { trap: "a switch with a value", command: "run", argv: ["--json=false", "prog"], message: "--json takes no value", hint: "leave the flag out to switch it off" },
    { trap: "a switch with an empty value", command: "run", argv: ["--json=", "prog"], message: "--json takes no value" },
    { trap: "a stray argument", command: "list", argv: ["0"], message: "unexpected argument '0' for list", hint: null },
    { trap: "a stray argument behind --", command: "list", argv: ["--", "--json"], message: "unexpected argument '--json' for list" },
    { trap: "a box named without its flag", command: "cleanup", argv: ["0"], message: "unexpected argument '0' for cleanup", hint: "the box is named by --box-id ID" },
    { trap: "a word behind --source that could be a second source or an argument", command: "execute", argv: ["--source", "a.c", "b.c"], message: "unexpected argument 'b.c' for execute: the source is a.c", hint: "arguments of the program follow --: mini-isolate execute --source FILE -- ARGS" },
    { trap: "a source and another by flag", command: "execute", argv: ["a.c", "x", "--source=b.c"], message: "two sources are given: 'a.c' and --source=b.c", hint: "if --source=b.c is for the program, write -- before the source: mini-isolate execute -- SOURCE ARGS" },
    { trap: "two sources by flag", command: "execute", argv: ["--source", "a.c", "--source", "b.c"], message: "--source is given twice" },
    { trap: "a source without a name", command: "execute", argv: [""], message: "empty value for --source" },
    { trap: "execute without a source", command: "execute", argv: ["--json"], message: "missing --source for execute", hint: "mini-isolate execute --source FILE" },
    { trap: "a box id that is a path", command: "info", argv: ["--box-id", "../x"], message: 'cannot use box id "../x": must be 1 to 64 of A-Z a-z 0-9 . _ - and not start with a dot' },
    { trap: "a dash as a file", command: "run", argv: ["--meta", "-", "prog"], message: "cannot use '-' as --meta: it is not a path", hint: "the standard streams are /dev/stdin and /dev/stdout" },
    { trap: "a variable without a name", command: "run", argv: ["--env", "=x", "prog"], message: "cannot use '=x' as --env: the name before = is missing" },
    { trap: "a wrong mount rule", command: "run", argv: ["--mount", "data:zz", "prog"], message: "cannot use mount rule 'data:zz': unknown option 'zz'" },
    { trap: "processors as a word", command: "run", argv: ["--cpus", "all", "prog"], message: "cannot use 'all' as --cpus: it must be a list like 0,2-3, or auto" },
    { trap: "processors with a gap in the list", command: "run", argv: ["--cpus", "0,,1", "prog"], message: "cannot use '0,,1' as --cpus: it must be a list like 0,2-3, or auto" },
    { trap: "processors backwards", command: "run", argv: ["--cpus", "3-2", "prog"], message: "cannot use '3-2' as --cpus: 3-2 runs backwards" },
    { trap: "root as the user", command: "init", argv: ["--uid", "0"], message: "cannot use '0' as --uid: a program never runs as root" },
    { trap: "no id as the group", command: "init", argv: ["--gid", "4294967295"], message: "cannot use '4294967295' as --gid: it must be at most 4294967294" },
    { trap: "a user by name", command: "init", argv: ["--uid", "nobody"], message: "cannot use 'nobody' as --uid: it is not a whole number" },
  ] as { trap: string; command: CommandName; argv: string[]; message: string; hint?: string | null }[])("$trap", ({ command, argv, message, hint }) => {
    const error = refusal(command, argv);
    expect(error.message).toBe(message);
    if (hint !== undefined) expect(error.hint).toBe(hint);
    expect(error.exitCode).toBe(64);
  });
});

describe("where the flags end", () => {
  test("the first argument that is no flag begins the program, the rest is its own", () => {
    const parsed = parseArguments("run", ["--json", "prog", "--json", "--tmie", "-h", "--", "x"])!;
    expect(parsed.operands).toEqual(["prog", "--json", "--tmie", "-h", "--", "x"]);
    expect(parsed.flags.json).toBe(true);
  });

  test.each([
    [["a.py"], "a.py", []],
    [["--json", "a.py", "-x", "--json", "a b", "", "--", "--help"], "a.py", ["-x", "--json", "a b", "", "--", "--help"]],
    [["--json", "--", "a.py", "--source", "x"], "a.py", ["--source", "x"]],
    [["--source", "a.py", "--json", "--", "--source", "--", "x"], "a.py", ["--source", "--", "x"]],
    [["--source=-", "--json"], "-", []],
    [["--json", "-", "x"], "-", ["x"]],
    [["--", "--json"], "--json", []],
  ] as const)("of execute %j: the source is %p, its program has %j", (argv, source, operands) => {
    const parsed = parseArguments("execute", argv)!;
    expect([parsed.flags.source, parsed.operands]).toEqual([source, [...operands]]);
  });

  test("-- begins the program even if it looks like a flag", () => {
    expect(parseArguments("run", ["--", "--help", "x"])!.operands).toEqual(["--help", "x"]);
  });

  test("a second -- is the program", () => {
    expect(parseArguments("run", ["--", "--", "x"])!.operands).toEqual(["--", "x"]);
  });

  test("a single dash is a program", () => {
    expect(parseArguments("run", ["-", "x"])!.operands).toEqual(["-", "x"]);
  });

  test("empty arguments of the program are kept", () => {
    expect(parseArguments("run", ["prog", "", "a"])!.operands).toEqual(["prog", "", "a"]);
  });

  test("no program at all is an empty list", () => {
    expect(parseArguments("run", ["--json"])!.operands).toEqual([]);
    expect(parseArguments("run", ["--"])!.operands).toEqual([]);
  });

  test("-- alone is no stray argument", () => {
    expect(parseArguments("list", ["--json", "--"])!.flags.json).toBe(true);
  });
});

describe("help", () => {
  test.each(allCommands.map((command) => ({ command })))("$command gives it for -h and --help", ({ command }) => {
    expect(parseArguments(command, ["--help"])).toBeNull();
    expect(parseArguments(command, ["-h", "--nonsense"])).toBeNull();
  });

  test("is not taken from behind --", () => {
    expect(parseArguments("run", ["--", "-h"])).not.toBeNull();
  });

  test("is not taken from the program's arguments", () => {
    expect(parseArguments("run", ["ls", "--help"])).not.toBeNull();
  });

  test("is not taken for a value", () => {
    expect(refusal("run", ["--input", "--help"]).message).toBe("missing value for --input");
    expect(runFlags("--input", "-h").input).toBe("-h");
  });
});

describe("values", () => {
  test("are written with a blank or with =", () => {
    expect(runFlags("--input", "a").input).toBe("a");
    expect(runFlags("--input=a").input).toBe("a");
  });

  test("keep everything behind the first =", () => {
    expect(runFlags("--env=A=B=C").env).toEqual(["A=B=C"]);
    expect(runFlags("--chdir=--x").chdir).toBe("--x");
  });

  test("of a repeatable flag are collected in order", () => {
    expect(runFlags("--env", "A=1", "--json", "--env=B", "--env", "A=2").env).toEqual(["A=1", "B", "A=2"]);
  });

  test("that are not given are undefined, false or an empty list", () => {
    const flags = runFlags();
    expect(flags["box-id"]).toBeUndefined();
    expect(flags["cpu-time"]).toBeUndefined();
    expect(flags.json).toBe(false);
    expect(flags.mount).toEqual([]);
  });

  test("that are unlimited are null", () => {
    expect(runFlags("--max-cpu", "unlimited")["cpu-time"]).toBeNull();
  });
});

describe("the registry", () => {
  test.each(allCommands.map((command) => ({ command })))("$command: every value flag has a placeholder and every flag a text", ({ command }) => {
    for (const name of flagsOf(command)) {
      const { kind, hint, help, limit } = flagOf(command, name);
      expect([name, kind === "switch" || hint !== undefined]).toEqual([name, true]);
      expect([name, help !== undefined || limit !== undefined]).toEqual([name, true]);
    }
  });
});
