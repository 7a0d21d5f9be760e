import { expect, test } from "bun:test";
import { checkBoxId } from "../../../src/model/box-id.ts";
import { errorOf } from "../../helpers/temporary.ts";

test.each(["0", "a", "A.b-c_9", "-", "__proto__", "a..b", "x".repeat(64)])("%j is a box id", (id) => {
  expect(checkBoxId(id)).toBe(id);
});

test.each(["", ".", "..", ".hidden", "a/b", "a b", "a\n", "ä", "a\0", "x".repeat(65)])("%j is none", (id) => {
  const error = errorOf(() => checkBoxId(id));
  expect(error.kind).toBe("Config");
  expect(error.message).toBe(`cannot use box id ${JSON.stringify(id)}: must be 1 to 64 of A-Z a-z 0-9 . _ - and not start with a dot`);
});

test.each(["instances.json", "instances.lock", "locks", "uids"])("%s belongs to the state directory", (id) => {
  expect(errorOf(() => checkBoxId(id)).message).toBe(`cannot use box id "${id}": the name is used by the state directory itself`);
});
