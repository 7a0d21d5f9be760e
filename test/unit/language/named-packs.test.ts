// The packs that somebody named, complete in themselves: what a box keeps.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { namedPacks } from "../../../src/language/named-packs.ts";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync("/tmp/mini-isolate-packs-");
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

test("they have what they extend in them, of whatever layer, and nothing else of these layers comes along", () => {
  file("host/a.yaml", "version: 1\nid: host\nname: Host\nhidden: true\nrun: { command: [/bin/echo, host] }\n");
  const environment = file("environment.yaml", "version: 1\nid: env\nname: Env\nrun: { command: [/bin/echo, env] }\n");
  const named = file("named.yaml", "version: 1\nlanguages:\n  - { id: one, extends: host, name: One }\n  - { id: two, extends: env, name: Two }\n  - { id: c, extends: c, name: Three }\n");
  const { packs, origins } = namedPacks({ environment: [environment], given: [named], hostDirectory: join(directory, "host") });
  expect(packs.map((languages) => languages.map(({ merged }) => [merged.id, merged.name, merged.run?.command]))).toEqual([
    [["one", "One", ["/bin/echo", "host"]], ["two", "Two", ["/bin/echo", "env"]], ["c", "Three", "{executable}"]],
  ]);
  expect(packs[0]!.map(({ chain }) => chain.map(({ origin }) => origin))).toEqual([[join(directory, "host/a.yaml"), named], [environment, named], ["built-in", named]]);
  expect(origins.map(({ name, origin }) => [name, origin])).toEqual([[named, named]]);
});

test("one that is in MINI_ISOLATE_PACKS too is kept when it is named", () => {
  const path = file("both.yaml", "version: 1\nid: both\nname: Both\nrun: { command: /bin/true }\n");
  const { packs, origins } = namedPacks({ environment: [path], given: [path], hostDirectory: "/nowhere" });
  expect([packs.length, origins.length]).toEqual([1, 1]);
});
