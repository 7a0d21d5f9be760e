// What the verbs of `languages` print.
import { describe, expect, test } from "bun:test";
import { exampleOf } from "../../../src/cli/commands/languages/example.ts";
import { describeListed, formatList, formatMarkdown, type ListedLanguage } from "../../../src/cli/commands/languages/list.ts";
import { describeLanguage, formatLanguage } from "../../../src/cli/commands/languages/show.ts";
import { formatColumns } from "../../../src/cli/table.ts";
import { builtInLanguages } from "../../../src/language/builtin.ts";
import { mergePack, writtenLanguages } from "../../../src/language/extend.ts";
import type { Language } from "../../../src/language/language.ts";
import { normalizeLanguage } from "../../../src/language/normalize.ts";
import type { LanguagePack } from "../../../src/language/schema.ts";
import type { ToolchainState } from "../../../src/pack-check/toolchain.ts";

const base: LanguagePack = {
  version: 1, id: "base", name: "Base", extensions: [".b", ".bb"], environment: { LC_ALL: "C" }, toolchain: { command: "/usr/bin/cc --version", minimum: "9" },
  compile: { command: "/usr/bin/cc -o {executable} '{source}'", environment: { "A.B": "x y" }, limits: { memory: "512MiB" } }, run: { command: "{executable}" },
};
const top: LanguagePack = {
  version: 1, id: "top", extends: "base", name: "Top | <b>*1*\n", aliases: ["t"], time: { factor: 2, add: "500ms" }, memory: { add: 64 }, mounts: ["opt/cc"],
  run: { limits: { time: 1.5, stack: 64 }, needs: { processes: 16, memory: "256MiB" } }, test: [{ name: "it works", source: "x" }],
};
const earlier = mergePack(writtenLanguages(base), "built-in", []).languages;
const [merged] = mergePack(writtenLanguages(top), "/etc/packs/top.yaml", earlier).languages;
const language = normalizeLanguage(merged!, 2);
const listed = (state: ToolchainState | null, of: Language = language): ListedLanguage => ({ language: of, extensions: of.extensions, state });

test("languages show: every value with the pack that says it, and the command lines", () => {
  expect(formatLanguage(language, exampleOf(language, null), null)).toMatchInlineSnapshot(`
    "Top | <b>*1*
     (top), /etc/packs/top.yaml

    KEY                       ORIGIN               VALUE
    id                        /etc/packs/top.yaml  top
    name                      /etc/packs/top.yaml  Top | <b>*1*\\n
    extends                   /etc/packs/top.yaml  base
    hidden                    default              false
    fallback                  default              none
    aliases                   /etc/packs/top.yaml  t
    extensions                built-in (base)      .b .bb
    shebang                   default              none
    priority                  default              0
    source_name               default              the caller's, if plain
    entry_point               default              none
    environment.LC_ALL        built-in (base)      C
    mounts                    /etc/packs/top.yaml  opt/cc
    allow                     default              none
    time.factor               /etc/packs/top.yaml  2
    time.add                  /etc/packs/top.yaml  0.5 s
    memory.factor             default              1
    memory.add                /etc/packs/top.yaml  64 MB
    toolchain.command         built-in (base)      /usr/bin/cc --version
    toolchain.pattern         default              (?<![\\d.])(\\d+(?:\\.\\d+)+)
    toolchain.minimum         built-in (base)      9
    compile.command           built-in (base)      /usr/bin/cc -o {executable} {source}
    compile.environment.A.B   built-in (base)      x y
    compile.limits.time       default              30 s
    compile.limits.wall_time  default              60 s
    compile.limits.memory     built-in (base)      512 MB
    compile.limits.processes  default              128
    compile.limits.file_size  default              512 MB
    compile.limits.output     default              1 MB
    compile.artefacts         default              {executable}
    compile.seccomp           default              that of the box
    run.command               built-in (base)      {executable}
    run.limits.time           /etc/packs/top.yaml  1.5 s
    run.limits.wall_time      default              3 s
    run.limits.memory         default              that of the box
    run.limits.processes      default              that of the box
    run.limits.file_size      default              that of the box
    run.limits.stack          /etc/packs/top.yaml  64 MB
    run.limits.output         default              that of the box
    run.needs.processes       /etc/packs/top.yaml  16
    run.needs.memory          /etc/packs/top.yaml  256 MB
    run.seccomp               default              that of the box
    piston                    default              none
    judge0                    default              none
    test                      /etc/packs/top.yaml  'it works'

    hello.b in a new box:
      compile  /usr/bin/cc -o ./hello hello.b
      run      ./hello
      limits   CPU time 3.5 s, wall time 6.5 s, memory 256 MB, processes 16
    "
  `);
});

test("languages show --json: the same, in seconds and bytes", () => {
  const document = describeLanguage(language, exampleOf(language, null));
  expect(document).toMatchObject({
    id: "top", origin: "/etc/packs/top.yaml", layer: 2, tests: 1,
    example: { source: "hello.b", source_name: "hello.b", compile: ["/usr/bin/cc", "-o", "./hello", "hello.b"], run: ["./hello"], problem: null },
  });
  expect(document.example.limits).toMatchObject({ cpu_time_limit: 3.5, wall_time_limit: 6.5, memory_limit: 256 * 2 ** 20, process_limit: 16, stack_limit: 64 * 2 ** 20 });
  const valueOf = (key: string) => document.values.find((value) => value.key === key);
  expect([valueOf("compile.limits.memory"), valueOf("time.add"), valueOf("run.limits.memory"), valueOf("aliases")]).toEqual([
    { key: "compile.limits.memory", value: 512 * 2 ** 20, origin: "built-in (base)" },
    { key: "time.add", value: 0.5, origin: "/etc/packs/top.yaml" },
    { key: "run.limits.memory", value: null, origin: "default" },
    { key: "aliases", value: ["t"], origin: "/etc/packs/top.yaml" },
  ]);
});

describe("the example of languages show", () => {
  const changed = (changes: Partial<Language>): Language => ({ ...builtInLanguages().find(({ id }) => id === "python")!, ...changes });

  test("says so when a pack leaves nothing for a placeholder", () => {
    const greedy = changed({ run: { ...changed({}).run, command: ["/usr/bin/x", "{memory_mb-999}"] } });
    expect(exampleOf(greedy, null)).toMatchObject({ run: null, problem: "the memory limit of 128 MB leaves nothing for {memory_mb-999} in the language pack" });
  });

  test("has a source without an extension when the language has none", () => {
    expect(exampleOf(changed({ extensions: [], sourceName: null }), null)).toMatchObject({ source: "hello", run: ["/usr/bin/python3", "-u", "hello"] });
  });

  test.each(builtInLanguages().map((of) => [of.id, of] as const))("works for %s", (_, of) => {
    const { compile, run, problem } = exampleOf(of, null);
    expect([problem, run!.length > 0, compile !== null]).toEqual([null, true, of.compile !== null]);
  });
});

const states: readonly (ToolchainState | null)[] = [
  { kind: "found", version: "12.2.0", tooOld: false },
  { kind: "found", version: "8.1", tooOld: true },
  { kind: "found", version: null, tooOld: false },
  { kind: "missing", program: "/usr/bin/cc", elsewhere: null },
  { kind: "outside", program: "/usr/bin/cc", hostPath: "/opt/cc/bin/cc", mount: "opt/cc" },
  { kind: "failed", reason: "cc: RuntimeError" },
  null,
];

test("languages list: what is there, what is missing, and where it comes from", () => {
  expect(formatList(states.map((state) => listed(state)))).toMatchInlineSnapshot(`
    "ID   NAME      EXTENSIONS  VERSION                       ORIGIN
    top  Top |     .b .bb      12.2.0                        /etc/packs/top.yaml
         <b>*1*\\n
    top  Top |     .b .bb      8.1 (too old)                 /etc/packs/top.yaml
         <b>*1*\\n
    top  Top |     .b .bb      found                         /etc/packs/top.yaml
         <b>*1*\\n
    top  Top |     .b .bb      /usr/bin/cc is not installed  /etc/packs/top.yaml
         <b>*1*\\n              on this host
    top  Top |     .b .bb      /usr/bin/cc is not visible    /etc/packs/top.yaml
         <b>*1*\\n              in a box
    top  Top |     .b .bb      cc: RuntimeError              /etc/packs/top.yaml
         <b>*1*\\n
    top  Top |     .b .bb      not known                     /etc/packs/top.yaml
         <b>*1*\\n

    top: the host has /opt/cc/bin/cc: add 'opt/cc' to the mounts of a language pack and name this path in its commands
    "
  `);
});

test("languages list --markdown: a table that nothing in a pack can break", () => {
  expect(formatMarkdown([listed(states[0]!), listed(states[3]!), ...builtInLanguages().slice(0, 2).map((of) => listed(null, of))])).toMatchInlineSnapshot(`
    "| Language | Version | Extensions | Compile | Run | Limits |
    | --- | --- | --- | --- | --- | --- |
    | Top \\| &lt;b&gt;\\*1\\* | 12.2.0 | \`.b\` \`.bb\` | \`/usr/bin/cc -o {executable} {source}\` | \`{executable}\` | time 3.5 s, memory + 64 MB, memory at least 256 MB, stack 64 MB, compile time 30 s |
    | Top \\| &lt;b&gt;\\*1\\* | not installed | \`.b\` \`.bb\` | \`/usr/bin/cc -o {executable} {source}\` | \`{executable}\` | time 3.5 s, memory + 64 MB, memory at least 256 MB, stack 64 MB, compile time 30 s |
    | Python 3 |  | \`.py\` |  | \`/usr/bin/python3 -u {source}\` |  |
    | JavaScript (Node.js) |  | \`.js\` \`.mjs\` \`.cjs\` |  | \`node --max-old-space-size={memory_mb} {source}\` | memory at least 32 MB |
    "
  `);
  for (const line of formatMarkdown(states.map((state) => listed(state))).trimEnd().split("\n")) expect(line.replaceAll("\\|", "").split("|")).toHaveLength(8);
});

test("languages list --json: one form for every state", () => {
  const documents = states.map((state) => describeListed(listed(state)));
  expect(documents.map(({ toolchain: { state, version, too_old, program, host_path, mount, reason } }) => [state, version, too_old, program, host_path, mount, reason])).toEqual([
    ["found", "12.2.0", false, null, null, null, null],
    ["found", "8.1", true, null, null, null, null],
    ["found", null, false, null, null, null, null],
    ["missing", null, false, "/usr/bin/cc", null, null, null],
    ["outside", null, false, "/usr/bin/cc", "/opt/cc/bin/cc", "opt/cc", null],
    ["failed", null, false, null, null, null, "cc: RuntimeError"],
    [null, null, false, null, null, null, null],
  ]);
  expect(documents[0]).toMatchObject({
    id: "top", aliases: ["t"], extensions: [".b", ".bb"], origin: "/etc/packs/top.yaml", layer: 2, tests: 1, time: { factor: 2, add: 0.5 }, memory: { factor: 1, add: 64 * 2 ** 20 },
    compile: { command: ["/usr/bin/cc", "-o", "{executable}", "{source}"], limits: { time: 30, memory: 512 * 2 ** 20 } },
    run: { command: ["{executable}"], limits: { time: 1.5, wall_time: 3, stack: 64 * 2 ** 20 }, needs: { processes: 16, memory: 256 * 2 ** 20 } },
    toolchain: { command: ["/usr/bin/cc", "--version"], minimum: "9" },
  });
});

test("columns are as wide as what is seen, and a cell stays one line", () => {
  expect(formatColumns([["A", "B"], ["漢字", "x"], ["a\nb\x1b", "y"], ["", "z"]])).toBe("A         B\n漢字      x\na\\nb\\x1b  y\n          z\n");
});
