import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { attributeText } from "../../../src/cgroup/attribute.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

describe("the text of an attribute", () => {
  test("comes without its end of line", () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "pids.max");
    writeFileSync(path, "max\n");
    expect(attributeText(path)).toBe("max");
  });

  test("is null for a file that is not there, and for one that cannot be read", () => {
    using directory = temporaryDirectory();
    expect(attributeText(join(directory.path, "pids.max"))).toBeNull();
    expect(attributeText(directory.path)).toBeNull();
  });
});
