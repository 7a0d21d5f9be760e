import { describe, expect, test } from "bun:test";
import { exitCodeOfStatus, statuses, type ExecutionStatus } from "../../../src/model/status.ts";

/** The contract with scripts. */
const documented: Record<ExecutionStatus, number> = {
  Success: 0,
  RuntimeError: 1,
  Signaled: 1,
  ProcessLimit: 1,
  FileSizeLimit: 1,
  TimeLimit: 2,
  MemoryLimit: 3,
  SecurityViolation: 4,
  InternalError: 5,
  CompileError: 6,
};

describe("a status", () => {
  test("is one of these", () => {
    expect([...statuses].toSorted()).toEqual((Object.keys(documented) as ExecutionStatus[]).toSorted());
  });

  test.each(Object.entries(documented) as [ExecutionStatus, number][])("%s gives exit code %d", (status, code) => {
    expect(exitCodeOfStatus(status)).toBe(code);
  });

  test("other than Success never gives 0", () => {
    expect(statuses.filter((status) => exitCodeOfStatus(status) === 0)).toEqual(["Success"]);
  });
});
