// Looking at files as somebody else, and coming back.
import { expect } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { errno, errnoOf } from "../../../src/kernel/errno.ts";
import { asFileSystemUser } from "../../../src/kernel/file-system-user.ts";
import { claimWith, root } from "../../helpers/requires.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

const claim = claimWith(root);
const ids = () => /^Uid:\t(.*)\nGid:\t(.*)$/m.exec(readFileSync("/proc/thread-self/status", "latin1"))!.slice(1);

claim("root is somebody else for files alone, and root again afterwards", () => {
  using directory = temporaryDirectory();
  const secret = `${directory.path}/secret`;
  writeFileSync(secret, "x", { mode: 0o600 });
  const seen = asFileSystemUser(12_345, 12_346, () => {
    try {
      readFileSync(secret);
      return null;
    } catch (error) {
      return { refused: errnoOf(error), ids: ids() };
    }
  });
  expect(seen).toEqual({ refused: errno.EACCES, ids: ["0\t0\t0\t12345", "0\t0\t0\t12346"] });
  expect(ids()).toEqual(["0\t0\t0\t0", "0\t0\t0\t0"]);
  expect(readFileSync(secret, "latin1")).toBe("x");
});

claim("root comes back from a look that throws", () => {
  expect(() => asFileSystemUser(12_345, 12_345, () => { throw new Error("seen"); })).toThrow("seen");
  expect(ids()).toEqual(["0\t0\t0\t0", "0\t0\t0\t0"]);
});
