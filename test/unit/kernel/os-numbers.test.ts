// The numbers are those of the platform that this runs on.
import { expect, test } from "bun:test";
import { constants } from "node:os";
import { errno, signals } from "../../../src/kernel/os-numbers.ts";

test("every error and every signal of the platform has its number", () => {
  expect<Record<string, number>>(errno).toEqual(Object.fromEntries(Object.entries(constants.errno)));
  expect<Record<string, number>>(signals).toEqual(Object.fromEntries(Object.entries(constants.signals)));
});
