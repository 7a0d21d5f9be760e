import { describe, expect, test } from "bun:test";
import { commands, flagOf, flagsOf, type CommandName } from "../../../src/cli/flags.ts";
import { defaultOf, describeFlag, renderHelp } from "../../../src/cli/help.ts";

describe("the help text", () => {
  test("of the whole", async () => {
    expect(await renderHelp(null)).toMatchInlineSnapshot(`
      "run untrusted programs under limits and say truthfully what happened (mini-isolate)

      USAGE mini-isolate [OPTIONS] init|run|execute|batch|judge|list|info|cleanup|languages|keeper|client|isolate|doctor|seccomp

      OPTIONS

        -h, --help    show this help
         --version    show version and commit

      COMMANDS

             init    make a box and print its working directory
              run    run a program in a box
          execute    compile a source file if necessary, and run it in a box
            batch    run many requests: a JSON object a line on standard input, a result a line on standard output
            judge    compile a solution, run it on every test of a directory, and give its verdict: judge SOLUTION TESTS
             list    list the boxes
             info    show the record and the configuration of a box
          cleanup    remove a box with its directory, record, control groups and leftovers; or remove the kept compile results
        languages    list, show, check and test languages and their packs
           keeper    stay, and carry out the commands of clients; or show (status) or end (stop) the one that is there
           client    write a small program that hands its commands to the keeper: client install PATH
          isolate    the command line of ioi/isolate, as for a binary that is called isolate (docs/ioi-compatibility.md)
           doctor    check what of this host makes runs weaker or measurements less even
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
        69  something needed is missing, such as a compiler
        75  the box is in use
      "
    `);
  });
  test("of init", async () => {
    expect(await renderHelp("init")).toMatchInlineSnapshot(`
      "make a box and print its working directory (mini-isolate init)

      USAGE mini-isolate init [OPTIONS]

      OPTIONS

               --box-id=<ID>    id of the box (default: 0)
                --dir=<PATH>    use this directory as the working directory of the box (default: a new one in the state directory)
               --memory=<MB>    memory of all processes of the box together, tmpfs included; above it, the box is killed (MemoryLimit); MB, or unlimited (default: 128)
              --cpu-time=<S>    CPU time of all processes of the box together; above it, the box is killed (TimeLimit); seconds, fractions allowed, or unlimited (default: 10)
             --wall-time=<S>    wall time from the start of the program; above it, the box is killed (TimeLimit); seconds, fractions allowed, or unlimited (default: 2 x --cpu-time)
             --processes=<N>    processes and threads at the same time; above it, fork and clone fail with EAGAIN (ProcessLimit); a whole number, or unlimited (default: 1)
            --file-size=<MB>    size of any one file that the program writes; above it, the kernel sends SIGXFSZ (FileSizeLimit); MB, or unlimited (default: 64)
                --stack=<MB>    stack of the main thread; above it, the kernel sends SIGSEGV; MB, or unlimited (default: 8)
                 --core=<MB>    size of a core dump; 0 writes none; MB, or unlimited (default: 0)
           --disk-limit=<MB>    size of everything in the working directory, measured after each run; above it, the status is FileSizeLimit; MB, or unlimited (default: 1024; with --dir unlimited)
                --quota=<MB>    size of everything in the working directory; above it, a write fails with ENOSPC; the box is a tmpfs, which counts as memory (root only); MB, or unlimited (default: unlimited)
            --open-files=<N>    open descriptors of one process; above it, open fails with EMFILE; a whole number (default: 1024)
         --output-limit=<MB>    bytes kept of stdout and of stderr, for each; above it, the box is killed (FileSizeLimit); MB (default: 8)
              --mount=<RULE>    mount a directory, a file or a file system in the box: in[=out][:option]...; options: rw ro dev noexec maybe fs tmp norec (repeatable)
        --env=<NAME[=VALUE]>    set a variable; NAME= sets it to empty text; NAME alone copies it from the caller, or removes it if the caller has none (repeatable)
             --network=<NET>    none: only sockets between processes of the box; loopback: also TCP and UDP within the box; host: the network of the host, with its resolver settings, hosts and certificates, read-only (default: none)
                 --share-net    the same as --network host
               --cpus=<LIST>    processors to use, such as 0,2-3; auto: a core that no other box has
         --seccomp=<PROFILE>    policy for system calls: default refuses some calls, strict allows only the calls on a list (default: default)
              --allow=<LIST>    allow on top: locks (on files), fifos (mkfifo), tty (terminals of its own), ptrace (debuggers and leak checkers, for the box's own processes), abi32 (32-bit programs); several with commas between them; not with --seccomp strict (default: nothing)
              --chroot=<DIR>    use this directory instead of the default root
                   --uid=<N>    user id of the program (default: a free one from 60706 on)
                   --gid=<N>    group id of the program (default: the same as --uid)
          --pack=<NAME|PATH>    keep a copy of this language pack with the box: a name, a YAML file or a directory of YAML files (repeatable)
                    --strict    fail if any layer of the protection cannot be enforced
                     --force    replace the box if it exists already
           --state-dir=<DIR>    directory of the boxes and their records (default: MINI_ISOLATE_STATE_DIR, or /tmp/mini-isolate (-UID when not root))
      "
    `);
  });
  test("of run", async () => {
    expect(await renderHelp("run")).toMatchInlineSnapshot(`
      "run a program in a box (mini-isolate run)

      USAGE mini-isolate run [OPTIONS] <PROGRAM> [ARGS...]

      ARGUMENTS

        PROGRAM    the program; everything after it belongs to the program; a single argument with blanks is split into words (Required)
        ARGS...    arguments of the program

      OPTIONS

                 --box-id=<ID>    id of the box (default: 0 if that box exists, else a temporary one)
                --input=<FILE>    standard input of the program (default: that of mini-isolate, unless it is a terminal)
               --result=<FILE>    write the result document (JSON) to this file; one that is there must be empty or such a document
               --output=<FILE>    the old name of --result
                        --json    print one JSON document
                 --meta=<FILE>    write key:value lines in the style of isolate to this file
                     --verbose    show both output streams; print the steps taken on standard error
                      --silent    print only errors of mini-isolate
                     --explain    print the launch plan and the limits as JSON; start nothing
                 --passthrough    give the program the streams of mini-isolate, forward signals, end with the exit code of the program
                 --memory=<MB>    memory for this run; MB, or unlimited (default: that of the box)
                --cpu-time=<S>    CPU time for this run; seconds, fractions allowed, or unlimited (default: that of the box)
               --wall-time=<S>    wall time for this run; seconds, fractions allowed, or unlimited (default: 2 x --cpu-time if that is given, else that of the box)
               --processes=<N>    as for init; only for a temporary box; a whole number, or unlimited
              --file-size=<MB>    as for init; only for a temporary box; MB, or unlimited
                  --stack=<MB>    as for init; only for a temporary box; MB, or unlimited
             --disk-limit=<MB>    as for init; only for a temporary box; MB, or unlimited
              --open-files=<N>    as for init; only for a temporary box; a whole number
           --output-limit=<MB>    as for init; only for a temporary box; MB
          --env=<NAME[=VALUE]>    set a variable; NAME= sets it to empty text; NAME alone copies it from the caller, or removes it if the caller has none (repeatable)
                    --full-env    start with the whole environment of the caller instead of PATH, HOME and LANG
                --mount=<RULE>    mount a directory, a file or a file system in the box: in[=out][:option]...; options: rw ro dev noexec maybe fs tmp norec (repeatable)
                 --chdir=<DIR>    working directory in the box (default: /box)
              --stdin-file=<F>    use this file in the box as standard input
             --stdout-file=<F>    use this file in the box as standard output
             --stderr-file=<F>    use this file in the box as standard error
            --stderr-to-stdout    send standard error where standard output goes
               --stdout=<FILE>    write the standard output of the program to this file, instead of the result
               --stderr=<FILE>    write the standard error of the program to this file, instead of the result
        --copy-out=<NAME=FILE>    copy the file NAME of /box to FILE when the program has ended (repeatable)
               --network=<NET>    none: only sockets between processes of the box; loopback: also TCP and UDP within the box; host: the network of the host, with its resolver settings, hosts and certificates, read-only (default: that of the pack or of the box, the one that allows more)
                   --share-net    the same as --network host
                 --inherit-fds    leave descriptors above 2 open
                 --cpus=<LIST>    processors to use, such as 0,2-3; auto: a core that no other box has
                  --repeat=<N>    run the program N times, until one run does not succeed; show the result of the last run, and minimum, median, maximum and spread of all; a whole number (default: once, without these figures)
           --seccomp=<PROFILE>    policy for system calls: default refuses some calls, strict allows only the calls on a list (default: that of the pack, else of the box)
                --allow=<LIST>    allow on top: locks (on files), fifos (mkfifo), tty (terminals of its own), ptrace (debuggers and leak checkers, for the box's own processes), abi32 (32-bit programs); several with commas between them; not with --seccomp strict (default: what the box and the pack allow, to which this is added)
                        --wait    if the box is in use, wait instead of failing
                      --strict    fail if any layer of the protection cannot be enforced
             --state-dir=<DIR>    directory of the boxes and their records (default: MINI_ISOLATE_STATE_DIR, or /tmp/mini-isolate (-UID when not root))

      EXIT CODES

         0  success
         1  the program failed: exit code, signal, process or file size limit
         2  time limit
         3  memory limit
         4  security violation
         5  error of the sandbox
         6  compile error
        64  usage or configuration error
        69  something needed is missing, such as a compiler
        75  the box is in use
      "
    `);
  });
  test("of execute", async () => {
    expect(await renderHelp("execute")).toMatchInlineSnapshot(`
      "compile a source file if necessary, and run it in a box (mini-isolate execute)

      USAGE mini-isolate execute [OPTIONS] [SOURCE] [ARGS...]

      ARGUMENTS

         SOURCE    the source file, or - for standard input (with --language); everything after it belongs to the program
        ARGS...    arguments of the program; with --source they follow --

      OPTIONS

               --source=<FILE>    the source file, in place of SOURCE; -: standard input, with --language
               --language=<ID>    language of the source file (default: by the extension, then the #! line)
            --pack=<NAME|PATH>    use this language pack: a name, a YAML file or a directory of YAML files (repeatable)
                  --add=<PATH>    put this file, or this directory with its tree, beside the source, such as another source, a header or a grader (repeatable)
          --entry-point=<NAME>    the main class, for languages that have one (default: found in the source)
                    --no-cache    always compile; do not use a kept result, and do not keep the new one
                 --box-id=<ID>    id of the box (default: 0 if that box exists, else a temporary one)
                --input=<FILE>    standard input of the program (default: that of mini-isolate, unless it is a terminal)
               --result=<FILE>    write the result document (JSON) to this file; one that is there must be empty or such a document
               --output=<FILE>    the old name of --result
                        --json    print one JSON document
                 --meta=<FILE>    write key:value lines in the style of isolate to this file
                     --verbose    show both output streams; print the steps taken on standard error
                      --silent    print only errors of mini-isolate
                     --explain    print the launch plan and the limits as JSON; start nothing
                 --passthrough    give the program the streams of mini-isolate, forward signals, end with the exit code of the program
                 --memory=<MB>    memory for this run; MB, or unlimited (default: that of the box)
                --cpu-time=<S>    CPU time for this run; seconds, fractions allowed, or unlimited (default: that of the box)
               --wall-time=<S>    wall time for this run; seconds, fractions allowed, or unlimited (default: 2 x --cpu-time if that is given, else that of the box)
               --processes=<N>    as for init; only for a temporary box; a whole number, or unlimited
              --file-size=<MB>    as for init; only for a temporary box; MB, or unlimited
                  --stack=<MB>    as for init; only for a temporary box; MB, or unlimited
             --disk-limit=<MB>    as for init; only for a temporary box; MB, or unlimited
              --open-files=<N>    as for init; only for a temporary box; a whole number
           --output-limit=<MB>    as for init; only for a temporary box; MB
          --env=<NAME[=VALUE]>    set a variable; NAME= sets it to empty text; NAME alone copies it from the caller, or removes it if the caller has none (repeatable)
                    --full-env    start with the whole environment of the caller instead of PATH, HOME and LANG
                --mount=<RULE>    mount a directory, a file or a file system in the box: in[=out][:option]...; options: rw ro dev noexec maybe fs tmp norec (repeatable)
                 --chdir=<DIR>    working directory in the box (default: /box)
              --stdin-file=<F>    use this file in the box as standard input
             --stdout-file=<F>    use this file in the box as standard output
             --stderr-file=<F>    use this file in the box as standard error
            --stderr-to-stdout    send standard error where standard output goes
               --stdout=<FILE>    write the standard output of the program to this file, instead of the result
               --stderr=<FILE>    write the standard error of the program to this file, instead of the result
        --copy-out=<NAME=FILE>    copy the file NAME of /box to FILE when the program has ended (repeatable)
               --network=<NET>    none: only sockets between processes of the box; loopback: also TCP and UDP within the box; host: the network of the host, with its resolver settings, hosts and certificates, read-only (default: that of the pack or of the box, the one that allows more)
                   --share-net    the same as --network host
                 --inherit-fds    leave descriptors above 2 open
                 --cpus=<LIST>    processors to use, such as 0,2-3; auto: a core that no other box has
                  --repeat=<N>    run the program N times, until one run does not succeed; show the result of the last run, and minimum, median, maximum and spread of all; a whole number (default: once, without these figures)
           --seccomp=<PROFILE>    policy for system calls: default refuses some calls, strict allows only the calls on a list (default: that of the pack, else of the box)
                --allow=<LIST>    allow on top: locks (on files), fifos (mkfifo), tty (terminals of its own), ptrace (debuggers and leak checkers, for the box's own processes), abi32 (32-bit programs); several with commas between them; not with --seccomp strict (default: what the box and the pack allow, to which this is added)
                        --wait    if the box is in use, wait instead of failing
                      --strict    fail if any layer of the protection cannot be enforced
             --state-dir=<DIR>    directory of the boxes and their records (default: MINI_ISOLATE_STATE_DIR, or /tmp/mini-isolate (-UID when not root))

      EXIT CODES

         0  success
         1  the program failed: exit code, signal, process or file size limit
         2  time limit
         3  memory limit
         4  security violation
         5  error of the sandbox
         6  compile error
        64  usage or configuration error
        69  something needed is missing, such as a compiler
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
        --state-dir=<DIR>    directory of the boxes and their records (default: MINI_ISOLATE_STATE_DIR, or /tmp/mini-isolate (-UID when not root))
      "
    `);
  });
  test("of info", async () => {
    expect(await renderHelp("info")).toMatchInlineSnapshot(`
      "show the record and the configuration of a box (mini-isolate info)

      USAGE mini-isolate info [OPTIONS]

      OPTIONS

            --box-id=<ID>    id of the box (default: 0)
                --cgroups    also show the control groups of the box
                   --json    print one JSON document
        --state-dir=<DIR>    directory of the boxes and their records (default: MINI_ISOLATE_STATE_DIR, or /tmp/mini-isolate (-UID when not root))
      "
    `);
  });
  test("of cleanup", async () => {
    expect(await renderHelp("cleanup")).toMatchInlineSnapshot(`
      "remove a box with its directory, record, control groups and leftovers; or remove the kept compile results (mini-isolate cleanup)

      USAGE mini-isolate cleanup [OPTIONS]

      OPTIONS

            --box-id=<ID>    the box to remove; not with --all
                    --all    remove every box, and the remains of crashed runs
                  --cache    remove the kept compile results
                   --wait    if the box is in use, wait instead of failing
                   --json    print one JSON document
        --state-dir=<DIR>    directory of the boxes and their records (default: MINI_ISOLATE_STATE_DIR, or /tmp/mini-isolate (-UID when not root))
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
    const mem = flagOf("init", "memory");
    expect(describeFlag(mem)).toEndWith("; MB, or unlimited");
    expect(defaultOf(mem)).toBe("128");
    expect(defaultOf(flagOf("init", "cpu-time"))).toBe("10");
    expect(defaultOf(flagOf("init", "processes"))).toBe("1");
    expect(defaultOf(flagOf("init", "wall-time"))).toBe("2 x --cpu-time");
    expect(defaultOf(flagOf("init", "strict"))).toBeNull();
  });

  test("differs where the command means something else by it", () => {
    expect(defaultOf(flagOf("init", "box-id"))).toBe("0");
    expect(defaultOf(flagOf("run", "box-id"))).toBe("0 if that box exists, else a temporary one");
    expect(defaultOf(flagOf("cleanup", "box-id"))).toBeNull();
  });
});
