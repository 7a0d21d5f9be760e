// What was thrown on the way of a request, as HTTP has it.
import { expect, test } from "bun:test";
import { IsolateError } from "../../../../src/model/errors.ts";
import { faultOf, isOurFault } from "../../../../src/serve/http/faults.ts";
import { QueueFull, StoreFault } from "../../../../src/serve/queue/queue.ts";

test("a store that cannot be used for now is 503 with a time to come again, whether it is the queue or a content", () => {
  for (const error of [new StoreFault("cannot write to the store /secret/place"), new IsolateError("Io", "cannot keep content 12 in /secret/place: ENOSPC (no space left on device)")]) {
    const fault = faultOf(error);
    expect(fault).toMatchObject({ status: 503, code: "store-unavailable", headers: { "Retry-After": "5" } });
    expect(fault.message).not.toContain("/secret/place");
    // The log says it.
    expect(isOurFault(error)).toBe(true);
  }
});

test("a full queue is 503, the full part of a key 429, and anything else 500 without a word of what it was", () => {
  expect(faultOf(new QueueFull(7, false))).toMatchObject({ status: 503, code: "queue-full", headers: { "Retry-After": "7" } });
  expect(faultOf(new QueueFull(7, true))).toMatchObject({ status: 429, code: "rate-limited", headers: { "Retry-After": "7" } });
  expect(faultOf(new IsolateError("Process", "secret"))).toMatchObject({ status: 500, code: "internal" });
  expect(faultOf(new Error("secret")).message).not.toContain("secret");
});
