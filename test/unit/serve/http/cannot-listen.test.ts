// Addresses that cannot be listened on: why, and what to do about it.
import { expect, test } from "bun:test";
import { cannotListen, checkAddress } from "../../../../src/serve/http/cannot-listen.ts";

test.each([
  ["an address that no interface has", "203.0.113.1", 0, "cannot listen on there: EADDRNOTAVAIL (cannot assign requested address)", "no interface of this host has this address"],
] as const)("%s", (_, hostname, port, message, hint) => {
  let thrown: unknown = null;
  try {
    void Bun.serve({ hostname, port, development: false, reusePort: false, fetch: () => new Response("") }).stop(true);
  } catch (error) {
    thrown = error;
  }
  const told = cannotListen("there", thrown);
  expect([told.message, told.hint, told.exitCode]).toEqual([message, hint, 69]);
});

test("a key that is none is told as it is", () => {
  expect(cannotListen("there", new Error("bad key")).message).toBe("cannot listen on there: bad key");
});

test("a name without an address is told before it is tried", async () => {
  await checkAddress("127.0.0.1");
  await checkAddress("::1");
  await checkAddress("localhost");
  expect(await checkAddress("no.such.invalid").then(() => "found", (error: Error) => error.message)).toBe("cannot listen on no.such.invalid: the name has no address");
});
