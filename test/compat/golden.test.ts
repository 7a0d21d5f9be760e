// The command line of ioi/isolate 1.10.1, case by case: beside it where REFERENCE_ISOLATE names it, else as it was recorded.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { cases, type CompatCase } from "./cases.ts";
import { call, init, type Isolate, ours, perform, reference } from "./drive.ts";

const claim = claimWith(...sandbox);
const path = join(import.meta.dir, "recorded.json");
const recorded = JSON.parse(readFileSync(path, "utf8")) as Record<string, string>;
const referenceBinary = Bun.env["REFERENCE_ISOLATE"];

/** Boxes: one that the cases share, one with control groups, one that cases make themselves. */
const ids = { shared: 1, cg: 2, own: 3 } as const;

let mine: Isolate;
let theirs: Isolate | null;

beforeAll(async () => {
  mine = ours();
  theirs = referenceBinary === undefined ? null : reference(referenceBinary);
  for (const isolate of [mine, ...(theirs === null ? [] : [theirs])]) {
    for (const id of Object.values(ids)) await call(isolate, ["-b", String(id), "--cg", "--cleanup"]).ended;
    await init(isolate, ids.shared);
    await init(isolate, ids.cg, "--cg");
  }
});

afterAll(async () => {
  for (const isolate of [mine, ...(theirs === null ? [] : [theirs])]) {
    for (const id of Object.values(ids)) await call(isolate, ["-b", String(id), "--cg", "--cleanup"]).ended;
    isolate.remove();
  }
});

function idOf({ own, cg }: CompatCase): number {
  return own ? ids.own : cg ? ids.cg : ids.shared;
}

function expectedOf({ id, differs }: CompatCase, text: string): string {
  if (text === "") throw new Error(`nothing is recorded for ${id}`);
  return (differs?.replace ?? []).reduce((all, [from, to]) => all.replaceAll(from, to), text);
}

describe("as ioi/isolate 1.10.1", () => {
  for (const one of cases) {
    claim(`${one.id}: ${one.claim}`, async () => {
      if (theirs !== null) {
        recorded[one.id] = await perform(theirs, idOf(one), one);
        if (Bun.env["MINI_ISOLATE_RECORD"] === "1") writeFileSync(path, `${JSON.stringify(recorded, null, 1)}\n`);
      }
      expect(await perform(mine, idOf(one), one)).toBe(expectedOf(one, recorded[one.id] ?? ""));
    });
  }
});
