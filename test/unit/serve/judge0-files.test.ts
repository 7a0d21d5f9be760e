// Judge0: files that come with a submission, and programs of several files.
import { describe, expect, test } from "bun:test";
import { judge0 } from "../../../src/serve/dialects/judge0/judge0.ts";
import type { ProgramWork } from "../../../src/serve/job.ts";
import { callDialect, FakeService, postJson } from "../../helpers/fake-service.ts";
import { makeZip, type ZipPart } from "../../helpers/make-zip.ts";

const encoded = (parts: readonly ZipPart[]) => Buffer.from(makeZip(parts)).toString("base64");

async function post(fields: object, on = new FakeService()): Promise<{ readonly status: number; readonly body: any; readonly on: FakeService; readonly work: ProgramWork }> {
  const response = await callDialect(judge0, postJson("/submissions", fields), on);
  return { status: response.status, body: await response.json(), on, work: on.jobs.at(-1)?.work as ProgramWork };
}

const names = (files: ProgramWork["files"]) => files.map(({ name }) => name);

describe("additional files", () => {
  const zip = encoded([{ name: "helper.py", text: "x = 1" }, { name: "data/in.txt", text: "1" }, { name: "main.py", text: "not this" }, { name: "tool", text: "#!/bin/sh", mode: 0o100755 }, { name: "__MACOSX/._helper.py", text: "?" }, { name: "data/.DS_Store", text: "?" }]);

  test("lie beside the source, which stays as it is, and keep whether they are programs", async () => {
    const { work, on } = await post({ source_code: "import helper", language_id: 71, additional_files: zip });
    expect(names(work.files)).toEqual(["main.py", "helper.py", "data/in.txt", "tool"]);
    expect(work.files[0]!.content).toEqual({ text: "import helper" });
    expect(work.files.map(({ isExecutable }) => isExecutable === true)).toEqual([false, false, false, true]);
    expect(work.data).toEqual([]);
    const shown = await callDialect(judge0, `/submissions/${on.jobs[0]!.id}?fields=additional_files`, on);
    expect(((await shown.json()) as any).additional_files.replaceAll("\n", "")).toBe(zip);
  });

  test("are there for the compiler and for the program of a compiled language", async () => {
    const { work } = await post({ source_code: "int main;", language_id: 50, additional_files: zip });
    expect([names(work.files), names(work.data)]).toEqual([["main.c", "helper.py", "data/in.txt", "main.py", "tool"], ["helper.py", "data/in.txt", "main.py", "tool"]]);
  });

  test("may be uploaded as a file of a form", async () => {
    const form = new FormData();
    form.set("source_code", "x");
    form.set("language_id", "71");
    form.set("additional_files", new Blob([makeZip([{ name: "a", text: "1" }]) as Uint8Array<ArrayBuffer>]), "files.zip");
    const on = new FakeService();
    expect((await callDialect(judge0, new Request("http://localhost/submissions", { method: "POST", body: form }), on)).status).toBe(201);
    expect(names((on.jobs[0]!.work as ProgramWork).files)).toEqual(["main.py", "a"]);
  });

  test("that are too many or too large are refused", async () => {
    const config = new FakeService().config;
    const small = () => new FakeService({ config: { bounds: { ...config.bounds, files: 2, jobBytes: 100 } } });
    const many = encoded([{ name: "a", text: "" }, { name: "b", text: "" }, { name: "c", text: "" }]);
    expect((await post({ source_code: "x", language_id: 71, additional_files: many }, small())).body).toEqual({ additional_files: ["is not a zip file that can be used: it has 3 entries, more than 2"] });
    const bomb = encoded([{ name: "a", text: "0".repeat(101), method: 8 }]);
    expect((await post({ source_code: "x", language_id: 71, additional_files: bomb }, small())).body).toEqual({ additional_files: ["is not a zip file that can be used: it has more than 100 bytes when it is unpacked"] });
  });
});

describe("a program of several files", () => {
  const multi = async (parts: readonly ZipPart[], more: object = {}) => await post({ language_id: 89, additional_files: encoded(parts), ...more });

  test("is run by its script", async () => {
    const { work, on } = await multi([{ name: "main.py", text: "" }, { name: "run", text: "python3 main.py" }], { command_line_arguments: "a b" });
    expect(work).toMatchObject({ language: "judge0-script", args: ["a", "b"] });
    expect(names(work.files)).toEqual(["run", "main.py"]);
    const shown = (await (await callDialect(judge0, `/submissions/${on.jobs[0]!.id}?fields=source_code,language`, on)).json()) as any;
    expect(shown).toEqual({ source_code: null, language: { id: 89, name: "Multi-file program" } });
  });

  test("is compiled by its script first when there is one, and the names with .sh come first", async () => {
    const { work } = await multi([{ name: "run", text: "old" }, { name: "run.sh", text: "./a" }, { name: "compile", text: "old" }, { name: "compile.sh", text: "cc a.c" }, { name: "a.c", text: "" }]);
    expect(work).toMatchObject({ language: "judge0-multi-file", args: ["run.sh"] });
    expect(names(work.files)).toEqual(["compile.sh", "run", "run.sh", "compile", "a.c"]);
  });

  test("may lie in one directory, as macOS packs it", async () => {
    const { work } = await multi([{ name: "task/", text: "" }, { name: "task/run", text: "ls" }, { name: "task/lib/x", text: "" }, { name: "__MACOSX/task/._run", text: "" }]);
    expect(names(work.files)).toEqual(["run", "lib/x"]);
  });

  test("without the script that runs it is refused, with what there is", async () => {
    expect((await multi([{ name: "main.py", text: "" }, { name: "src/run", text: "" }])).body).toEqual({ additional_files: ['must have a script called run or run.sh in its root, and has "main.py", "src/"'] });
    expect((await multi([])).body).toEqual({ additional_files: ["must have a script called run or run.sh: there are no files in the zip file"] });
  });

  test("has no source", async () => {
    expect((await multi([{ name: "run", text: "" }], { source_code: "x" })).body).toEqual({ source_code: ["must be blank: the files of the program are in additional_files"] });
  });
});

describe("what is no language", () => {
  test("a program comes as Base64, whatever is said of texts", async () => {
    const binary = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff]).toString("base64");
    for (const query of ["", "?base64_encoded=true"]) {
      const on = new FakeService();
      expect((await callDialect(judge0, postJson(`/submissions${query}`, { language_id: 44, source_code: binary }), on)).status).toBe(201);
      expect(on.jobs[0]!.work).toMatchObject({ language: "judge0-executable", files: [{ name: "a.out", content: { base64: binary } }] });
    }
  });

  test("a text is printed", async () => {
    expect((await post({ language_id: 43, source_code: "hello" })).work).toMatchObject({ language: "judge0-text", files: [{ name: "text.txt", content: { text: "hello" } }] });
  });
});
