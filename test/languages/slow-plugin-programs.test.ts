// The programs of the plugins in languages whose compilers take seconds: run where MINI_ISOLATE_SLOW=1 says so, as .ci/run does.
import { describe } from "bun:test";
import { slow } from "../helpers/requires.ts";
import { claimPrograms } from "./plugin-programs.ts";

describe("the slow programs of the plugins", () => {
  claimPrograms(true, slow);
});
