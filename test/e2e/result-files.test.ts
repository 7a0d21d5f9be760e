// --result FILE, and its old name --output: a file that is no result of ours stays as it is.
import { describe, expect } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState } from "../helpers/binary.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const patient = { timeout: 60_000 };

describe("a file that is there", () => {
  claim("and is no result is refused before the program runs, whatever the command and the name of the flag", async () => {
    await using state = openState();
    const ran = join(state.scratch, "ran");
    for (const [index, text] of ["42\n", '{"status":"open"}\n', " ", "\0".repeat(200), '[{"status":"Success","success":true,"limit":null}]'].entries()) {
      const answer = state.file(`answer${index}`, text);
      for (const argv of [["run", "--result", answer], ["run", "--silent", "--output", answer], ["run", "--result", answer, "--box-id", "none"]]) {
        const { exitCode, stderr } = await state.mini([...argv, "--stdout", ran, "--", "/bin/echo", "ran"]);
        expect([exitCode, readFileSync(answer, "utf8"), existsSync(ran)]).toEqual([64, text, false]);
        expect(stderr).toContain(`cannot write --${argv.includes("--output") ? "output" : "result"} ${answer}: the file that is there is no result document, and would be lost\nhint: name another file, or remove this one\n`);
      }
    }
  }, patient);

  claim("and is a result, an error of ours or empty is replaced", async () => {
    await using state = openState();
    const file = join(state.scratch, "result");
    writeFileSync(file, "");
    const statusAfter = async (...argv: readonly string[]) => {
      await state.mini(["run", "--silent", ...argv]);
      return (JSON.parse(readFileSync(file, "utf8")) as { status: string }).status;
    };
    expect(await statusAfter("--result", file, "--", "/bin/true")).toBe("Success");
    expect(await statusAfter("--output", file, "--", "/bin/false")).toBe("RuntimeError");
    expect(await statusAfter("--result", file, "--box-id", "none", "--", "/bin/true")).toBe("InternalError");
    expect(await statusAfter("--result", file, "--", "/bin/true")).toBe("Success");
  }, patient);
});
