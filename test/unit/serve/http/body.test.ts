// Bodies that come slowly, and many at once.
import { describe, expect, test } from "bun:test";
import { BodiesInFlight, Body } from "../../../../src/serve/http/body.ts";
import { shapeProblem } from "../../../../src/serve/http/json-shape.ts";

const bounds = { body: 1000, depth: 5, values: 100 };

function request(pieces: readonly (string | number)[], headers: Readonly<Record<string, string>> = {}): Request {
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (const piece of pieces) {
        if (typeof piece === "number") await Bun.sleep(piece);
        else controller.enqueue(Buffer.from(piece));
      }
      controller.close();
    },
  });
  return new Request("http://x/", { method: "POST", body, headers });
}

const faultOf = async (promise: Promise<unknown>) => await promise.then(() => null, (error: { status: number; code: string }) => [error.status, error.code]);

describe("a slow body", () => {
  test("that does not come in time is 408; one that keeps coming has more time the more there is", async () => {
    expect(await faultOf(new Body(request(["a", 200, "b"]), bounds, new BodiesInFlight(1e6), { ms: 50, bytesPerMs: 1 }).bytes())).toEqual([408, "too-slow"]);
    expect(await new Body(request(["a".repeat(400), 100, "b"]), bounds, new BodiesInFlight(1e6), { ms: 50, bytesPerMs: 1 }).bytes()).toHaveLength(401);
  });
});

describe("many bodies at once", () => {
  test("are refused when together they are too large, one alone never is, and what is over makes room", async () => {
    const inFlight = new BodiesInFlight(500);
    const first = new Body(request(["a".repeat(900)]), bounds, inFlight);
    await first.bytes();
    const second = new Body(request(["b"]), bounds, inFlight);
    expect(await faultOf(second.bytes())).toEqual([503, "overloaded"]);
    first.release();
    second.release();
    const third = new Body(request(["c".repeat(300)]), bounds, inFlight);
    expect(await third.bytes()).toHaveLength(300);
    third.release();
    // Releasing twice gives nothing back twice.
    third.release();
    expect(await new Body(request(["d".repeat(400)]), bounds, inFlight).bytes()).toHaveLength(400);
    expect(await faultOf(new Body(request(["e".repeat(200)]), bounds, inFlight).bytes())).toEqual([503, "overloaded"]);
  });
});

describe("the depth of JSON", () => {
  test.each([
    ["[[[[[]]]]]", false], ["[[[[[[]]]]]]", true], ['{"a":[{"b":[{}]}]}', false], ['{"a":[{"b":[{"c":[]}]}]}', true], ['"[[[[[[[["', false], ['"\\"[[[[[[[["', false], ['"\\\\",[[[[[[', true], ["[],[],[],[],[],[]", false], ['"unclosed [[[[[[[', false], ["", false],
  ])("%s", (text, expected) => {
    expect(shapeProblem(Buffer.from(text), { depth: 5, values: 100 }) !== null).toBe(expected);
  });
});

describe("values of a JSON text are counted", () => {
  test.each([
    ["[1,2]", false], ["[1,2,3]", true], ['{"a":1,"b":2}', false], ['{"a":1,"b":2,"c":3}', true], ["[{}]", false], ["[{},{}]", true], ['[[[["a"]]]]', true], ['["1,2,3,4,5"]', false], ['"\\",,,,,,,,"', false], ["1", false],
  ])("%s", (text, expected) => {
    expect(shapeProblem(Buffer.from(text), { depth: 5, values: 3 }) !== null).toBe(expected);
  });
});
