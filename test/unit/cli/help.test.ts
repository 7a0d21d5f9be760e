import { describe, expect, test } from "bun:test";
import { commands, flagOf, flagsOf, type CommandName } from "../../../src/cli/flags.ts";
import { defaultOf, describeFlag, renderHelp } from "../../../src/cli/help.ts";

describe("the help text", () => {
  test("of the whole", async () => {
    expect(await renderHelp(null)).toMatchInlineSnapshot(`
      "run untrusted programs under limits and say truthfully what happened (mini-isolate)

      USAGE mini-isolate [OPTIONS] init|run|execute|list|info|cleanup|languages|seccomp

      OPTIONS

        -h, --help    show this help
         --version    show version and commit

      COMMANDS

             init    make a box and print its working directory
              run    run a program in a box
          execute    compile a source file if need be, and run it in a box
             list    list the boxes
             info    show the record and the configuration of a box
          cleanup    remove a box: directory, record, control groups and leftovers; or the compile results that are kept
        languages    list, show, check and test languages and their packs
          seccomp    show which system calls a program may make, and why

      Use mini-isolate <command> --help for more information about a command.

      EXIT CODES

         0  success
         1  the program failed: exit code, signal, process or file size limit
         2  time limit
         3  memory limit
         4  security violation
         5  error of the sandbox
         6  compile error
        64  usage or configuration error
        69  something that is needed is not there
        75  the box is in use
      "
    `);
  });
  test("of init", async () => {
    expect(await renderHelp("init")).toMatchInlineSnapshot(`
      "make a box and print its working directory (mini-isolate init)

      USAGE mini-isolate init [OPTIONS]

      OPTIONS

               --box-id=<ID>    the box (default: 0)
                --dir=<PATH>    use this directory as the box's working directory (default: a new one in the state directory)
                  --mem=<MB>    memory of all processes of the box together, tmpfs included; past it the kernel kills (MemoryLimit); MB, or unlimited (default: 128)
                  --time=<S>    CPU time of all processes of the box together; past it the box is killed (TimeLimit); seconds, fractions allowed, or unlimited (default: 10)
             --wall-time=<S>    time on the clock from the start of the program; past it the box is killed (TimeLimit); seconds, fractions allowed, or unlimited (default: 2 x --time)
             --processes=<N>    processes and threads at one time; past it fork and clone fail with EAGAIN (ProcessLimit); a whole number, or unlimited (default: 1)
                --fsize=<MB>    size of any one file that the program writes; past it SIGXFSZ (FileSizeLimit); MB, or unlimited (default: 64)
                --stack=<MB>    stack of the main thread; past it SIGSEGV; MB, or unlimited (default: 8)
                 --core=<MB>    size of a core dump; 0: none is written; MB, or unlimited (default: 0)
           --disk-limit=<MB>    everything in the working directory together, measured after each run; more than that is FileSizeLimit; MB, or unlimited (default: 1024; with --dir unlimited)
                --quota=<MB>    everything in the working directory together; past it writing fails with ENOSPC; the box is then a tmpfs, which counts as memory (root only); MB, or unlimited (default: unlimited)
            --open-files=<N>    open descriptors of one process; past it open fails with EMFILE; a whole number (default: 1024)
         --output-limit=<MB>    bytes kept of stdout and of stderr, each; past it the box is killed (FileSizeLimit); MB (default: 8)
              --mount=<RULE>    in[=out][:rw|ro|dev|noexec|maybe|fs|tmp|norec] (repeatable)
        --env=<NAME[=VALUE]>    set a variable (NAME= to the empty text); NAME alone takes the caller's, or removes it when there is none (repeatable)
                 --share-net    use the host's network
               --cpus=<LIST>    processors to use, like 0,2-3
         --seccomp=<PROFILE>    which system calls the program may make: default (few are refused) or strict (few are allowed) (default: default)
              --chroot=<DIR>    a directory in place of the default root
                   --uid=<N>    user id of the program (default: a free one from 60000 on)
                   --gid=<N>    group id of the program (default: as --uid)
          --pack=<NAME|PATH>    a language pack that the box keeps a copy of, by name or as a YAML file or a directory of them (repeatable)
                    --strict    fail when any layer cannot be enforced
                     --force    replace a box that exists already
           --state-dir=<DIR>    where boxes and their records live (default: MINI_ISOLATE_STATE_DIR, or /tmp/mini-isolate (-UID when not root))
      "
    `);
  });
  test("of run", async () => {
    expect(await renderHelp("run")).toMatchInlineSnapshot(`
      "run a program in a box (mini-isolate run)

      USAGE mini-isolate run [OPTIONS] <PROGRAM> [ARGS...]

      ARGUMENTS

        PROGRAM    the program; everything after it is its own, one argument with blanks is split into words (Required)
        ARGS...    its arguments

      OPTIONS

               --box-id=<ID>    the box (default: 0 if that box exists, else a temporary one)
              --input=<FILE>    standard input of the program (default: our own, unless it is a terminal)
             --output=<FILE>    write the result document (JSON) there
                      --json    print one JSON document
               --meta=<FILE>    write isolate-style key:value lines there
                   --verbose    show both output streams and, on standard error, the steps taken
                    --silent    print nothing but errors of ours
                   --explain    print the launch plan and the limits as JSON and start nothing
               --passthrough    connect the program to our own streams, forward signals, end with its exit code
               --max-cpu=<S>    CPU time for this run; seconds, fractions allowed, or unlimited (default: that of the box)
           --max-memory=<MB>    memory for this run; MB, or unlimited (default: that of the box)
              --max-time=<S>    wall-clock time for this run; seconds, fractions allowed, or unlimited (default: that of the box)
             --processes=<N>    as on init; for a temporary box only; a whole number, or unlimited
                --fsize=<MB>    as on init; for a temporary box only; MB, or unlimited
                --stack=<MB>    as on init; for a temporary box only; MB, or unlimited
           --disk-limit=<MB>    as on init; for a temporary box only; MB, or unlimited
            --open-files=<N>    as on init; for a temporary box only; a whole number
        --env=<NAME[=VALUE]>    set a variable (NAME= to the empty text); NAME alone takes the caller's, or removes it when there is none (repeatable)
                  --full-env    start from the caller's whole environment instead of PATH, HOME and LANG
              --mount=<RULE>    in[=out][:rw|ro|dev|noexec|maybe|fs|tmp|norec] (repeatable)
               --chdir=<DIR>    working directory in the box (default: /box)
            --stdin-file=<F>    a file in the box as standard input
           --stdout-file=<F>    a file in the box as standard output
           --stderr-file=<F>    a file in the box as standard error
                 --share-net    use the host's network
               --inherit-fds    leave descriptors above 2 open
               --cpus=<LIST>    processors to use, like 0,2-3
         --seccomp=<PROFILE>    which system calls the program may make: default (few are refused) or strict (few are allowed) (default: that of the pack, else of the box)
                      --wait    wait while the box is in use instead of failing
                    --strict    fail when any layer cannot be enforced
           --state-dir=<DIR>    where boxes and their records live (default: MINI_ISOLATE_STATE_DIR, or /tmp/mini-isolate (-UID when not root))

      EXIT CODES

         0  success
         1  the program failed: exit code, signal, process or file size limit
         2  time limit
         3  memory limit
         4  security violation
         5  error of the sandbox
         6  compile error
        64  usage or configuration error
        69  something that is needed is not there
        75  the box is in use
      "
    `);
  });
  test("of execute", async () => {
    expect(await renderHelp("execute")).toMatchInlineSnapshot(`
      "compile a source file if need be, and run it in a box (mini-isolate execute)

      USAGE mini-isolate execute [OPTIONS] --source=<FILE>

      OPTIONS

             --source=<FILE>    the source file (Required)
             --language=<ID>    its language (default: by the extension, then the #! line)
          --pack=<NAME|PATH>    a language pack, by name or as a YAML file or a directory of them (repeatable)
                --add=<FILE>    another file beside the source: a further source, a header, a grader (repeatable)
        --entry-point=<NAME>    the main class, for languages that have one (default: found in the source)
                  --no-cache    compile even if the result of the same compilation is kept, and keep nothing
               --box-id=<ID>    the box (default: 0 if that box exists, else a temporary one)
              --input=<FILE>    standard input of the program (default: our own, unless it is a terminal)
             --output=<FILE>    write the result document (JSON) there
                      --json    print one JSON document
               --meta=<FILE>    write isolate-style key:value lines there
                   --verbose    show both output streams and, on standard error, the steps taken
                    --silent    print nothing but errors of ours
                   --explain    print the launch plan and the limits as JSON and start nothing
               --passthrough    connect the program to our own streams, forward signals, end with its exit code
               --max-cpu=<S>    CPU time for this run; seconds, fractions allowed, or unlimited (default: that of the box)
           --max-memory=<MB>    memory for this run; MB, or unlimited (default: that of the box)
              --max-time=<S>    wall-clock time for this run; seconds, fractions allowed, or unlimited (default: that of the box)
             --processes=<N>    as on init; for a temporary box only; a whole number, or unlimited
                --fsize=<MB>    as on init; for a temporary box only; MB, or unlimited
                --stack=<MB>    as on init; for a temporary box only; MB, or unlimited
           --disk-limit=<MB>    as on init; for a temporary box only; MB, or unlimited
            --open-files=<N>    as on init; for a temporary box only; a whole number
        --env=<NAME[=VALUE]>    set a variable (NAME= to the empty text); NAME alone takes the caller's, or removes it when there is none (repeatable)
                  --full-env    start from the caller's whole environment instead of PATH, HOME and LANG
              --mount=<RULE>    in[=out][:rw|ro|dev|noexec|maybe|fs|tmp|norec] (repeatable)
               --chdir=<DIR>    working directory in the box (default: /box)
            --stdin-file=<F>    a file in the box as standard input
           --stdout-file=<F>    a file in the box as standard output
           --stderr-file=<F>    a file in the box as standard error
                 --share-net    use the host's network
               --inherit-fds    leave descriptors above 2 open
               --cpus=<LIST>    processors to use, like 0,2-3
         --seccomp=<PROFILE>    which system calls the program may make: default (few are refused) or strict (few are allowed) (default: that of the pack, else of the box)
                      --wait    wait while the box is in use instead of failing
                    --strict    fail when any layer cannot be enforced
           --state-dir=<DIR>    where boxes and their records live (default: MINI_ISOLATE_STATE_DIR, or /tmp/mini-isolate (-UID when not root))

      EXIT CODES

         0  success
         1  the program failed: exit code, signal, process or file size limit
         2  time limit
         3  memory limit
         4  security violation
         5  error of the sandbox
         6  compile error
        64  usage or configuration error
        69  something that is needed is not there
        75  the box is in use
      "
    `);
  });
  test("of list", async () => {
    expect(await renderHelp("list")).toMatchInlineSnapshot(`
      "list the boxes (mini-isolate list)

      USAGE mini-isolate list [OPTIONS]

      OPTIONS

                   --json    print one JSON document
        --state-dir=<DIR>    where boxes and their records live (default: MINI_ISOLATE_STATE_DIR, or /tmp/mini-isolate (-UID when not root))
      "
    `);
  });
  test("of info", async () => {
    expect(await renderHelp("info")).toMatchInlineSnapshot(`
      "show the record and the configuration of a box (mini-isolate info)

      USAGE mini-isolate info [OPTIONS]

      OPTIONS

            --box-id=<ID>    the box (default: 0)
                --cgroups    also show the control groups of the box
                   --json    print one JSON document
        --state-dir=<DIR>    where boxes and their records live (default: MINI_ISOLATE_STATE_DIR, or /tmp/mini-isolate (-UID when not root))
      "
    `);
  });
  test("of cleanup", async () => {
    expect(await renderHelp("cleanup")).toMatchInlineSnapshot(`
      "remove a box: directory, record, control groups and leftovers; or the compile results that are kept (mini-isolate cleanup)

      USAGE mini-isolate cleanup [OPTIONS]

      OPTIONS

            --box-id=<ID>    the box to remove; not with --all
                    --all    every box, and what crashed runs left behind
                  --cache    the compile results that are kept
                   --wait    wait while the box is in use instead of failing
                   --json    print one JSON document
        --state-dir=<DIR>    where boxes and their records live (default: MINI_ISOLATE_STATE_DIR, or /tmp/mini-isolate (-UID when not root))
      "
    `);
  });

  test.each((Object.keys(commands) as CommandName[]).map((name) => ({ name })))("of $name has no colours and names every flag", async ({ name }) => {
    const text = await renderHelp(name);
    expect(text).not.toContain("\x1b");
    for (const flag of flagsOf(name)) expect(text).toMatch(new RegExp(`^ +--${flag}[= ]`, "m"));
  });
});

describe("a flag's description", () => {
  test("tells unit, `unlimited` and the default in the unit that is written", () => {
    const mem = flagOf("init", "mem");
    expect(describeFlag(mem)).toEndWith("; MB, or unlimited");
    expect(defaultOf(mem)).toBe("128");
    expect(defaultOf(flagOf("init", "time"))).toBe("10");
    expect(defaultOf(flagOf("init", "processes"))).toBe("1");
    expect(defaultOf(flagOf("init", "wall-time"))).toBe("2 x --time");
    expect(defaultOf(flagOf("init", "strict"))).toBeNull();
  });

  test("differs where the command means something else by it", () => {
    expect(defaultOf(flagOf("init", "box-id"))).toBe("0");
    expect(defaultOf(flagOf("run", "box-id"))).toBe("0 if that box exists, else a temporary one");
    expect(defaultOf(flagOf("cleanup", "box-id"))).toBeNull();
  });
});
