import { describe, expect, test } from "bun:test";
import { closeSync, writeSync } from "node:fs";
import { LineReader } from "../../../../src/cli/batch/lines.ts";
import { makePipe } from "../../../../src/kernel/files.ts";

/** Every line of an input that comes in these pieces. */
async function linesOf(pieces: readonly (string | Uint8Array)[], mostBytes = 100): Promise<[number, string][]> {
  const [output, input] = makePipe();
  const left = [...pieces];
  const reader = new LineReader(output, mostBytes, async () => {
    const piece = left.shift();
    if (piece === undefined) closeSync(input);
    else writeSync(input, typeof piece === "string" ? Buffer.from(piece) : piece);
    return true;
  });
  const lines: [number, string][] = [];
  for (let line = await reader.next(); line !== null; line = await reader.next()) lines.push([line.number, typeof line.text === "string" ? line.text : line.text.message]);
  closeSync(output);
  return lines;
}

describe("lines", () => {
  test.each<[string, (string | Uint8Array)[], [number, string][]]>([
    ["of one piece", ["a\nb\n"], [[1, "a"], [2, "b"]]],
    ["over several pieces", ["a", "b", "c\nd", "\n"], [[1, "abc"], [2, "d"]]],
    ["that end with a carriage return", ["a\r", "\nb\r\n"], [[1, "a"], [2, "b"]]],
    ["without an end", ["a\nb"], [[1, "a"], [2, "b"]]],
    ["that are blank are counted", ["\n\n a\n \t\n\r\nb\n\n"], [[3, " a"], [6, "b"]]],
    ["with a character in two pieces", [new Uint8Array([0xc3]), new Uint8Array([0xa9, 0x0a])], [[1, "é"]]],
    ["that are no UTF-8", [new Uint8Array([0xc3, 0x0a]), "b\n"], [[1, "cannot use the line: it is not UTF-8"], [2, "b"]]],
    ["in no input", [], []],
  ])("%s", async (_name, pieces, lines) => {
    expect(await linesOf(pieces)).toEqual(lines);
  });

  test("that are too long are told once, and the next one is read", async () => {
    const message = `cannot use the line: it is longer than ${8 / 1048576} MB`;
    expect(await linesOf(["12345678\n123456789\n12345678\r\n", "1234567890".repeat(20), "\nok\n", "1".repeat(300)], 8)).toEqual([[1, "12345678"], [2, message], [3, "12345678"], [4, message], [5, "ok"], [6, message]]);
  });

  test("nothing more is read when that is said", async () => {
    const [output, input] = makePipe();
    writeSync(input, Buffer.from("a\nb\n"));
    const reader = new LineReader(output, 100, async () => false);
    expect(await reader.next()).toBeNull();
    for (const fd of [output, input]) closeSync(fd);
  });
});
