import { expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stateOfPackages } from "../../../../src/source/cache/packages.ts";
import { makeTestDirectory } from "../../../helpers/test-directory.ts";

test("what a package manager writes down changes the state of the packages, and nothing else does", () => {
  const root = makeTestDirectory("packages", tmpdir());
  try {
    expect(stateOfPackages(root)).toEqual([]);
    const status = join(root, "var/lib/dpkg/status");
    mkdirSync(dirname(status), { recursive: true });
    writeFileSync(status, "Package: gcc\nVersion: 12\n");
    const before = stateOfPackages(root);
    writeFileSync(join(root, "var/lib/other"), "x");
    expect(stateOfPackages(root)).toEqual(before);
    // As dpkg does it: another file under the name. The same length, and the same second.
    rmSync(status);
    writeFileSync(status, "Package: gcc\nVersion: 13\n");
    expect(stateOfPackages(root)).not.toEqual(before);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("this host's package manager is known", () => {
  expect(stateOfPackages(null)).toContainEqual(expect.stringMatching(/^var\/lib\/dpkg\/status:/));
});
