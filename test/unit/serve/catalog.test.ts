// The languages of the service: there at once, with versions as soon as compilers and interpreters have said them.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AskVersions } from "../../../src/serve/service/ask-versions.ts";
import { loadCatalog } from "../../../src/serve/service/catalog.ts";

const directory = mkdtempSync(join(tmpdir(), "catalog-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const pack = join(directory, "mine.yaml");
writeFileSync(pack, `version: 1
languages:
  - {id: here, name: Here, aliases: [h], extensions: [.here], run: {command: '/bin/sh {source}'}, toolchain: {command: /bin/sh --version}, piston: there, judge0: [46, 7]}
  - {id: gone, name: Gone, run: {command: '/usr/bin/no-such-program {source}'}, toolchain: {command: /usr/bin/no-such-program --version}}
  - {id: silent, name: Silent, run: {command: '/bin/sh {source}'}}
  - {id: template, name: Template, hidden: true, run: {command: '/bin/sh {source}'}}
`);

function asking(versions: Readonly<Record<string, string>> | null): { readonly ask: AskVersions; readonly asked: (readonly string[])[] } {
  const asked: (readonly string[])[] = [];
  return { asked, ask: async (packs) => (asked.push(packs), versions === null ? null : new Map(Object.entries(versions))) };
}

describe("the catalog", () => {
  test("is there before anybody has said a version, and shows versions when they come in", async () => {
    const answer = Promise.withResolvers<ReadonlyMap<string, string>>();
    const { catalog, asked, onRefresh } = await loadCatalog([pack], directory, { ask: () => answer.promise });
    let refreshes = 0;
    const stop = onRefresh(() => refreshes++);
    expect(catalog.find("here")).toMatchObject({ id: "here", name: "Here", version: null, isThere: true, problem: null, isCompiled: false, runCommand: "/bin/sh {source}", compileCommand: null });
    answer.resolve(new Map([["here", "1.2"], ["python", "3.11.2"]]));
    await asked;
    expect([catalog.find("here")!.version, catalog.find("h")!.version, catalog.find("py")!.version, refreshes]).toEqual(["1.2", "1.2", "3.11.2", 1]);
    stop();
  });

  test("knows languages by id before it knows them by alias, and nothing of hidden ones", async () => {
    const { catalog, languages, problems } = await loadCatalog([pack], directory, asking({}));
    expect([catalog.find("template"), catalog.find("no-such")]).toEqual([null, null]);
    expect(languages.some(({ id }) => id === "template")).toBe(true);
    expect(problems).toEqual([]);
  });

  test("says of a language without its program why it is not there", async () => {
    const { catalog, asked } = await loadCatalog([pack], directory, asking({ gone: "9" }));
    await asked;
    expect(catalog.find("gone")).toMatchObject({ isThere: false, problem: "/usr/bin/no-such-program is not installed on this host", version: null });
  });

  test("a number of Judge0 belongs to the language of the later pack alone", async () => {
    const { catalog } = await loadCatalog([pack], directory, asking({}));
    expect([catalog.find("here")!.judge0, catalog.find("shell")!.judge0]).toEqual([[46, 7], []]);
    expect(catalog.find("here")!.piston).toEqual({ name: "there", aliases: [], runtime: null });
  });

  test("the runtime in the binary is asked nothing", async () => {
    const { catalog } = await loadCatalog([], directory, asking(null));
    expect(catalog.find("typescript")!.version).toBe(Bun.version);
  });

  test("goes on without versions when nobody can be asked", async () => {
    const { catalog, asked } = await loadCatalog([pack], directory, { ask: () => Promise.reject(new Error("no process")) });
    await asked;
    expect(catalog.find("here")!.version).toBeNull();
  });
});

describe("the packs of the binary", () => {
  test("have the names of Piston's clients, and the numbers that Judge0's clients send", async () => {
    const { catalog } = await loadCatalog([], directory, asking({}));
    const names = Object.fromEntries(catalog.all.flatMap(({ id, piston }) => (piston === null ? [] : [[id, piston.name]])));
    expect(names).toMatchObject({ c: "c", cpp: "c++", python: "python", javascript: "javascript", typescript: "typescript", shell: "bash", java: "java", go: "go", rust: "rust" });
    const byNumber = (number: number) => catalog.all.find(({ judge0 }) => judge0.includes(number))?.id;
    const sent = { 46: "shell", 50: "c", 52: "cpp", 54: "cpp", 60: "go", 62: "java", 63: "javascript", 71: "python", 73: "rust", 74: "typescript" };
    for (const [number, id] of Object.entries(sent)) expect([number, byNumber(Number(number))]).toEqual([number, id]);
  });

  test.each([[[]], [["extra"]], [["icpc"]], [["ioi"]], [["kattis"]], [["codeforces"]], [["extra", "kattis"]]])("with %p give each number to one language, and C++, Python and Java their names", async (packs) => {
    const { catalog } = await loadCatalog(packs, directory, asking({}));
    const numbers = catalog.all.flatMap(({ judge0 }) => judge0);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const [name, number] of [["c++", 54], ["python", 71], ["java", 62]] as const) {
      const [first] = catalog.all.filter(({ piston }) => piston?.name === name);
      expect([name, first?.judge0.includes(number)]).toEqual([name, true]);
    }
  });
});

describe("versions are kept between starts", () => {
  const memory = join(directory, "versions.json");

  test("and shown at once at the next one", async () => {
    const first = await loadCatalog([pack], directory, { memory, ...asking({ here: "1.2" }) });
    await first.asked;
    const second = await loadCatalog([pack], directory, { memory, ask: () => new Promise(() => {}) });
    expect(second.catalog.find("here")!.version).toBe("1.2");
    second.close();
  });

  test("but not those of a program that is another one now", async () => {
    const program = join(directory, "program");
    const own = join(directory, "own.yaml");
    writeFileSync(program, "#!/bin/sh\n", { mode: 0o755 });
    writeFileSync(own, `version: 1\nid: own\nname: Own\nrun: {command: '/bin/sh {source}'}\nmounts: ['${directory.slice(1)}']\ntoolchain: {command: '${program} --version'}\n`);
    await (await loadCatalog([own], directory, { memory, ...asking({ own: "1" }) })).asked;
    const same = await loadCatalog([own], directory, { memory, ask: () => new Promise(() => {}) });
    expect(same.catalog.find("own")!.version).toBe("1");
    writeFileSync(program, "#!/bin/sh\n# newer\n");
    const changed = await loadCatalog([own], directory, { memory, ask: () => new Promise(() => {}) });
    expect(changed.catalog.find("own")!.version).toBeNull();
  });

  test("a file that is no memory, or one of another time, is no memory", async () => {
    for (const text of ["", "[]", "null", '{"format":999,"versions":{}}', '{"format":1,"versions":[]}', "\0"]) {
      writeFileSync(memory, text);
      const { catalog, asked } = await loadCatalog([pack], directory, { memory, ...asking({ here: "1.2" }) });
      await asked;
      expect(catalog.find("here")!.version).toBe("1.2");
    }
    expect(JSON.parse(readFileSync(memory, "utf8")).format).toBe(1);
  });
});
