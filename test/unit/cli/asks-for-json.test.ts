import { expect, test } from "bun:test";
import { asksForJson } from "../../../src/cli/asks-for-json.ts";

test.each([
  ["run --json prog", true],
  ["run --json", true],
  ["run --max-cpu 1x --json prog", true],
  ["run --max-cpu=1x --json -- prog", true],
  ["run --memory 64 --json prog", true],
  ["run --memory --json prog", true],
  ["run --verbose --json prog", true],
  ["run --json=no prog", false],
  ["run --silent --json prog", true],
  ["execute --source a.py --json", true],
  ["rnu --json prog", true],
  ["languages list --json", true],
  ["languages --json lst", true],
  ["info --json", true],
  ["run prog --json", false],
  ["run -- prog --json", false],
  ["run --verbose prog --json", false],
  ["run --input --json", true],
  ["run --input x --jsonn prog", false],
  ["run --silent --output r --json prog", false],
  ["run --json --passthrough --output=r prog", false],
  ["run --silent --result r --json prog", false],
  ["execute --json a.py", true],
  ["execute a.py --json", false],
  ["--json run prog", false],
  ["", false],
] as const)("%j: %p", (line, asked) => {
  expect(asksForJson(line.split(" ").filter((word) => word !== ""))).toBe(asked);
});
