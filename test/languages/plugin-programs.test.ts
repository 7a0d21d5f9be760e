// The programs that the plugins bring for each of their languages, but for the languages whose compilers take seconds.
import { describe } from "bun:test";
import { pluginLanguages } from "../helpers/plugins.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { claimPrograms, expectAllPass, patient } from "./plugin-programs.ts";

describe("the programs of the plugins", () => {
  claimPrograms(false);

  // Debian has no package of Bun, but there is one in node_modules.
  claimWith(...sandbox)("extra: typescript-bun, with a Bun outside of /usr", async () => {
    const text = `
version: 1
id: typescript-bun
extends: typescript-bun
mounts: ['opt/bun/bun=${process.execPath}']
environment: {PATH: '/opt/bun:/usr/bin:/bin'}
`;
    await expectAllPass("extra", pluginLanguages("extra").find(({ id }) => id === "typescript-bun")!, { name: "bun.yaml", text });
  }, patient);
});
