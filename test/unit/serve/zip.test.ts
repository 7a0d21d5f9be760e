// Zip files from strangers: what is taken out of them, and what is refused.
import { describe, expect, test } from "bun:test";
import { deflateRawSync } from "node:zlib";
import { readZip, type ZipBounds } from "../../../src/serve/zip/read-zip.ts";
import { writeZip } from "../../../src/serve/zip/write-zip.ts";
import { ZipFault } from "../../../src/serve/zip/zip-fault.ts";
import { makeZip, type ZipPart } from "../../helpers/make-zip.ts";

const bounds: ZipBounds = { entries: 10, bytes: 10_000 };

const read = (parts: readonly ZipPart[], some: Partial<ZipBounds> = {}) => readZip(makeZip(parts), { ...bounds, ...some }).map(({ name, bytes, isExecutable }) => [name, Buffer.from(bytes).toString(), isExecutable]);

function refused(parts: readonly ZipPart[] | Uint8Array, some: Partial<ZipBounds> = {}): string {
  try {
    readZip(parts instanceof Uint8Array ? parts : makeZip(parts), { ...bounds, ...some });
  } catch (error) {
    if (error instanceof ZipFault) return error.message;
    throw error;
  }
  throw new Error("it was taken");
}

describe("files come out", () => {
  test("stored and deflated, in their order, with the mode that says whether they are programs", () => {
    expect(read([{ name: "a.txt", text: "one" }, { name: "dir/b", text: "two".repeat(100), method: 8 }, { name: "run", text: "x", mode: 0o100755 }])).toEqual([["a.txt", "one", false], ["dir/b", "two".repeat(100), false], ["run", "x", true]]);
  });

  test("without the directories", () => {
    expect(read([{ name: "dir/", text: "" }, { name: "dir/a", text: "1" }])).toEqual([["dir/a", "1", false]]);
  });

  test("with the separator of Windows, and with dots and slashes that mean nothing", () => {
    expect(read([{ name: "dir\\a", text: "1" }, { name: "./b//c", text: "2" }]).map(([name]) => name)).toEqual(["dir/a", "b/c"]);
  });

  test("the first of several with one name counts", () => {
    expect(read([{ name: "a", text: "first" }, { name: "./a", text: "second" }])).toEqual([["a", "first", false]]);
  });

  test("none from an empty zip file, and those before a comment", () => {
    expect(read([])).toEqual([]);
    expect(readZip(makeZip([{ name: "a", text: "1" }], { comment: "PK\x05\x06 is not the end" }), bounds)).toHaveLength(1);
  });

  test("with the extra fields that tools add", () => {
    const packed = makeZip([{ name: "h", text: "hello", extra: Buffer.from("5554050003a1b2c3d4", "hex") }]);
    expect(readZip(packed, bounds).map(({ name }) => name)).toEqual(["h"]);
  });
});

describe("names are refused", () => {
  test.each([
    ["../a", "leads out"], ["a/../../b", "leads out"], ["a\\..\\b", "leads out"], ["/etc/passwd", "absolute"], ["\\a", "absolute"], ["C:\\a", "absolute"],
    ["a\0b", "control character"], ["a\nb", "control character"], ["", "no name"], ["x".repeat(201), "too long"], ["a/".repeat(33) + "b", "too long"],
  ])("%j", (name, why) => {
    expect(refused([{ name, text: "1" }])).toContain(why);
  });

  test("that are not UTF-8", () => {
    expect(refused([{ name: Buffer.from([0x66, 0xff]), text: "1" }])).toContain("not UTF-8");
  });

  test("that are a file and a directory at once", () => {
    expect(refused([{ name: "a", text: "1" }, { name: "a/b", text: "2" }])).toContain('"a" both as a file and as a directory');
  });
});

describe("entries are refused", () => {
  test("that are links or devices", () => {
    expect(refused([{ name: "l", text: "/etc/passwd", mode: 0o120777 }])).toBe('"l" is a link');
    expect(refused([{ name: "d", text: "", mode: 0o020666 }])).toContain("neither a file nor a directory");
  });

  test("that are encrypted, or packed by another method", () => {
    expect(refused([{ name: "e", text: "1", flags: 1 }])).toContain("encrypted");
    expect(refused([{ name: "m", text: "1", method: 12 }])).toContain("method 12");
  });

  test("that are more than allowed, directories among them", () => {
    expect(refused([{ name: "a/", text: "" }, { name: "b", text: "" }, { name: "c", text: "" }], { entries: 2 })).toContain("3 entries, more than 2");
  });

  test("that unpack to more than allowed, whatever their headers say", () => {
    const bomb = deflateRawSync(Buffer.alloc(50_000_000));
    expect(refused([{ name: "b", packed: bomb, method: 8, claims: { bytes: 50_000_000 } }])).toContain("more than 10000 bytes");
    expect(refused([{ name: "b", packed: bomb, method: 8, claims: { bytes: 10 } }])).toContain("more than 10000 bytes");
    expect(refused([{ name: "a", text: "x".repeat(6000) }, { name: "b", text: "x".repeat(6000), method: 8 }])).toContain("more than 10000 bytes");
  });

  test("no more than allowed is taken to the last byte", () => {
    expect(read([{ name: "a", text: "x".repeat(5000) }, { name: "b", text: "y".repeat(5000), method: 8 }])).toHaveLength(2);
  });

  test("that are not what their checksum or their size says", () => {
    expect(refused([{ name: "c", text: "1", claims: { crc: 1 } }])).toBe('"c" is damaged');
    expect(refused([{ name: "s", text: "1234", claims: { bytes: 3 } }])).toBe('"s" is damaged');
    expect(refused([{ name: "p", packed: Buffer.from("no deflate"), method: 8, claims: { bytes: 4 } }])).toBe('"p" is damaged');
  });
});

test("what is written is read again, the same bytes each time", () => {
  const files = [{ name: "é/a", bytes: Buffer.from("x".repeat(1000)), isExecutable: false }, { name: "b", bytes: Buffer.from("1"), isExecutable: true }, { name: "empty", bytes: Buffer.alloc(0), isExecutable: false }];
  const zip = writeZip(files);
  expect(readZip(zip, bounds)).toEqual(files);
  expect(writeZip(files)).toEqual(zip);
  expect(zip.length).toBeLessThan(500);
  expect(readZip(writeZip([]), bounds)).toEqual([]);
});

describe("what is no whole zip file is refused", () => {
  const whole = Buffer.from(makeZip([{ name: "a", text: "1".repeat(100) }, { name: "b", text: "2" }]));

  test("nothing, text, one in parts, one in the form for large files", () => {
    expect(refused(new Uint8Array())).toBe("it is empty");
    expect(refused(Buffer.from("hello, this is no zip file at all, is it?"))).toContain("no zip file");
    const parts = Buffer.from(whole);
    parts.writeUInt16LE(1, parts.length - 18);
    expect(refused(parts)).toContain("several parts");
    const large = Buffer.from(whole);
    large.writeUInt32LE(0xffffffff, large.length - 6);
    expect(refused(large)).toContain("Zip64");
  });

  test("one that is cut anywhere, or has any byte of its directory changed, never does more than be refused", () => {
    for (let length = 0; length < whole.length; length++) refused(whole.subarray(0, length));
    for (let at = 0; at < whole.length; at++) {
      for (const value of [0, 0x7f, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = value;
        try {
          for (const { name } of readZip(changed, bounds)) expect(name).not.toMatch(/(^|\/)\.\.(\/|$)|^\//);
        } catch (error) {
          expect(error).toBeInstanceOf(ZipFault);
        }
      }
    }
  });
});
