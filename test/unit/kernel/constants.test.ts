// Numbers that node:fs has as well are the same there.
import { expect, test } from "bun:test";
import { constants } from "node:fs";
import { O, S } from "../../../src/kernel/constants.ts";

test("flags of open(2) and types of files are those of the platform", () => {
  const numbers = constants as unknown as Readonly<Record<string, number>>;
  const known = (prefix: string, table: Readonly<Record<string, number>>) => Object.entries(table).filter(([name]) => numbers[`${prefix}${name}`] !== undefined);
  for (const [prefix, table] of [["O_", O], ["S_", S]] as const) for (const [name, value] of known(prefix, table)) expect([name, value]).toEqual([name, numbers[`${prefix}${name}`]!]);
  expect([known("O_", O).length, known("S_", S).length].every((count) => count >= 6)).toBeTrue();
});
