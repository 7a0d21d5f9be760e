// What docs/api.md shows people to type, against a real service.
import { expect } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { startServer } from "../helpers/serve.ts";
import { commandsIn, shownBlocks, withoutNumbers } from "../helpers/shown-commands.ts";
import { temporaryDirectory } from "../helpers/temporary.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/curl"), executable("/usr/bin/jq"), executable("/usr/bin/python3"));
const blocks = shownBlocks("docs/api.md", readFileSync(join(import.meta.dir, "../../docs/api.md"), "utf8"), ["console"]);

claim("what the page about the API shows is what comes", async () => {
  expect(blocks.length).toBeGreaterThanOrEqual(5);
  await using service = await startServer({});
  using directory = temporaryDirectory();
  for (const block of blocks) {
    let before = "";
    for (const { command, output } of commandsIn(block)) {
      const file = /^cat (\S+)$/.exec(command)?.[1];
      if (file !== undefined) {
        writeFileSync(join(directory.path, file), output);
        continue;
      }
      // One shell for each, which knows what the ones before have set.
      const script = `${before}${command}`.replaceAll("http://localhost:8080", service.url);
      const shell = Bun.spawn(["bash", "-c", script], { cwd: directory.path, stdout: "pipe", stderr: "inherit" });
      const said = await new Response(shell.stdout).text();
      expect([block.place, command, withoutNumbers(said)]).toEqual([block.place, command, withoutNumbers(output)]);
      if (/^\w+=/.test(command)) before += `${command}\n`;
    }
  }
});
