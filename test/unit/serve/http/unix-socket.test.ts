// The path of a socket: what an earlier service left there goes, and nothing else.
import { expect, test } from "bun:test";
import { existsSync, linkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeWay } from "../../../../src/serve/http/unix-socket.ts";
import { errorOf, temporaryDirectory } from "../../../helpers/temporary.ts";

test("a socket that nobody listens at is removed; one that somebody listens at, and a file, stay", () => {
  using directory = temporaryDirectory();
  const [live, left, file] = ["live", "left", "file"].map((name) => join(directory.path, name)) as [string, string, string];
  const server = Bun.listen({ unix: live, socket: { data() {} } });
  expect(errorOf(() => makeWay(live)).message).toBe(`cannot listen at ${live}: EADDRINUSE (address already in use)`);
  linkSync(live, left);
  server.stop(true);
  makeWay(left);
  expect(existsSync(left)).toBe(false);
  writeFileSync(file, "precious");
  expect(errorOf(() => makeWay(file)).message).toContain("a file that is no socket is there");
  expect(existsSync(file)).toBe(true);
  makeWay(join(directory.path, "nothing"));
});
