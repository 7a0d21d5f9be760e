// `{{name}}` in texts and in files.
import { expect, test } from "bun:test";
import { bytesWithConstants, withConstants } from "../../../src/judge/constants.ts";

const constants = { n: "100", "n.value": "100", "n.tex": "10^2", word: "ä" };

test("defined ones are replaced, whole tokens only", () => {
  expect(withConstants("{{n}} {{n.tex}} {{n.value}} {{m}} {{ n }} {n} {{n.other}} {{{n}}}", constants)).toBe("100 10^2 100 {{m}} {{ n }} {n} {{n.other}} {100}");
  expect(withConstants("{{n}}", undefined)).toBe("{{n}}");
  expect(withConstants("{{toString}}", constants)).toBe("{{toString}}");
});

test("bytes of a file that are no UTF-8 stay as they are", () => {
  const [before, after] = [Buffer.from([0xff, 0xfe]), Buffer.from([0xe4])];
  const file = Buffer.concat([before, Buffer.from("int n = {{n}}; // {{word}}"), after]);
  expect(Buffer.from(bytesWithConstants(file, constants))).toEqual(Buffer.concat([before, Buffer.from("int n = 100; // ä"), after]));
  expect(bytesWithConstants(file, undefined)).toBe(file);
  expect(bytesWithConstants(before, constants)).toBe(before);
});
