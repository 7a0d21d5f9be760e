import { describe, expect, test } from "bun:test";
import { marshalCall, Marshaller, takeReply } from "../../../src/cgroup/dbus-message.ts";
import { startScope } from "../../../src/cgroup/user-scope.ts";

/** As busctl of systemd 252 sent it, but for its flags. */
const startedByBusctl =
  "6c010201c800000002000000b600000001016f00190000002f6f72672f667265656465736b746f702f73797374656d643100000000000000030173001200000053746172745472616e7369656e74556e" +
  "697400000000000002017300200000006f72672e667265656465736b746f702e73797374656d64312e4d616e61676572000000000000000006017300180000006f72672e667265656465736b746f702e" +
  "73797374656d6431000000000000000008016700107373612873762961287361287376292900000007000000782e73636f706500040000006661696c00000000a3000000000000000b00000044657363" +
  "72697074696f6e0001730000290000006d696e692d69736f6c6174653a20636f6e74726f6c2067726f757073206f662069747320626f7865730000000000000004000000504944730002617500000000" +
  "04000000000000000800000044656c65676174650001620001000000000000000b000000436f6c6c6563744d6f6465000173000012000000696e6163746976652d6f722d6661696c6564000000000000";

/** The answer of a bus to a call. */
function answer(type: number, fields: (into: Marshaller) => void, body: Uint8Array = new Uint8Array()): Uint8Array {
  return new Marshaller().byte(0x6c).byte(type).byte(0).byte(1).uint32(body.length).uint32(7).array(8, fields).align(8).raw(body).bytes;
}
const replyTo = (serial: number) => (into: Marshaller) => void into.align(8).byte(5).variant("u", (value) => value.uint32(serial));

describe("a call", () => {
  test("is byte for byte what busctl sends", () => {
    expect(Buffer.from(marshalCall({ ...startScope("x.scope"), serial: 2 })).toString("hex")).toBe(startedByBusctl);
  });

  test("without arguments has no signature", () => {
    const hello = marshalCall({ serial: 1, destination: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus", member: "Hello", signature: "", body: new Uint8Array() });
    expect(Buffer.from(hello).toString("hex")).toBe(
      "6c01020100000000010000006d00000001016f00150000002f6f72672f667265656465736b746f702f44427573000000030173000500000048656c6c6f00000002017300140000006f72672e66726565" +
        "6465736b746f702e444275730000000006017300140000006f72672e667265656465736b746f702e4442757300000000",
    );
  });
});

describe("an answer", () => {
  const done = answer(2, replyTo(2));

  test("names the call that it answers", () => {
    expect(takeReply(done)).toEqual({ reply: { kind: "return", to: 2, error: null }, rest: new Uint8Array() });
  });

  test("that is an error has a name and a text", () => {
    const body = new Marshaller().string("no such unit").bytes;
    const fault = answer(3, (into) => {
      replyTo(2)(into);
      into.align(8).byte(4).variant("s", (value) => value.string("org.example.No"));
      into.align(8).byte(8).variant("g", (value) => value.signature("s"));
    }, body);
    expect(takeReply(fault)?.reply).toEqual({ kind: "error", to: 2, error: "org.example.No: no such unit" });
    const bare = answer(3, (into) => void into.align(8).byte(4).variant("s", (value) => value.string("org.example.No")));
    expect(takeReply(bare)?.reply).toEqual({ kind: "error", to: null, error: "org.example.No" });
  });

  test("is waited for as long as a byte of it is missing; what follows it stays", () => {
    for (let length = 0; length < done.length; length++) expect(takeReply(done.subarray(0, length))).toBeNull();
    const rest = Uint8Array.of(1, 2, 3);
    expect(takeReply(Buffer.concat([done, rest]))?.rest.toHex()).toBe("010203");
  });

  test("that is none is an error, whatever it says of its sizes", () => {
    expect(() => takeReply(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"))).toThrow("not a message");
    const lying = answer(2, (into) => void into.align(8).byte(5).variant("s", (value) => value.uint32(0xffff_ffff)));
    expect(() => takeReply(lying)).toThrow(RangeError);
    const strange = answer(2, (into) => void into.align(8).byte(5).variant("x", (value) => value.uint32(0)));
    expect(() => takeReply(strange)).toThrow("has the type 'x'");
  });
});
