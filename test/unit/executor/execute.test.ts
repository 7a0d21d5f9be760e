// What fails after the program has ended is a warning; its result stands.
import { expect, mock } from "bun:test";
import { executeInBox } from "../../../src/executor/execute.ts";
import { prepareRun, type Box } from "../../../src/executor/plan/prepare.ts";
import { plainRun } from "../../../src/model/request.ts";
import { withPlanBox } from "../../escape/plan-box.ts";
import { claimWith, sandbox } from "../../helpers/requires.ts";

const claim = claimWith(...sandbox);

async function resultOf(box: Box) {
  const warn = mock((_line: string) => {});
  const options = { ...plainRun, blocking: true, warn };
  const result = await executeInBox(box, prepareRun(box, ["/bin/sh", "-c", "echo x; exit 3"], options), { kind: "empty" }, options);
  return { result, warnings: warn.mock.calls.map(([line]) => line) };
}

claim("a working directory that cannot be looked at keeps no result back", () => withPlanBox(async (box) => {
  const { result, warnings } = await resultOf({ ...box, settle: () => { throw new Error("no looking"); } });
  expect([result.status, result.exit_code, result.stdout, result.disk_usage]).toEqual(["RuntimeError", 3, "x\n", null]);
  expect(warnings).toEqual([`what the program left in ${box.workdir} was not looked at, as that failed: no looking. Its size is not known, and it may hold links and special files`]);
}));

claim("control: one that can be looked at gives no warning", () => withPlanBox(async (box) => {
  const { result, warnings } = await resultOf(box);
  expect([result.status, result.disk_usage, warnings]).toEqual(["RuntimeError", { bytes: 0, files: 0 }, []]);
}));
