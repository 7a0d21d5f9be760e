/** The binary that negative controls run: built from the same source, but able to leave launch steps out. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

const top = join(import.meta.dir, "../..");
/** Beside the real binary, so that two checkouts do not remove each other's. */
const directory = join(top, "dist");
const sourcePatterns = ["src/**/*", "languages/*", "plugins/**/*", "docs/language-pack.schema.json", "package.json"];

/** Variable that names the steps to leave out, separated by commas; each is the beginning of a step's name (`run --explain`). */
export const leaveOutVariable = "MINI_ISOLATE_WITHOUT";

/** The second line of a box, which would stop what leaves it when the first one is left out: the beginnings of its steps. */
export const secondLine = "create Landlock rules,look / up,allow everything in /,let / go,keep to the Landlock rules";

let built: Promise<string> | null = null;

/** Builds it once for each state of the source. @returns its path @throws Error when the build fails */
export function weakenedBinary(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const hash = createHash("sha256");
  const files = sourcePatterns.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: top })]);
  for (const name of files.toSorted()) hash.update(`${name}\0`).update(readFileSync(join(top, name)));
  const name = `weakened-${hash.digest("hex").slice(0, 16)}`;
  const target = join(directory, name);
  if (existsSync(target)) return target;
  mkdirSync(directory, { recursive: true });
  for (const old of readdirSync(directory)) if (old.startsWith("weakened-")) rmSync(join(directory, old));
  const unfinished = `${target}.${process.pid}`;
  const flags = ["--compile", "--minify", "--bytecode", "--format=esm", "--splitting", "--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"];
  const defines = ["--define", "TEST_BUILD=true", "--define", "BUILD_COMMIT='weakened'"];
  const gone = Bun.spawn([process.execPath, "build", "src/main.ts", ...flags, ...defines, "--outfile", unfinished], { cwd: top, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const said = (await new Response(gone.stdout).text()) + (await new Response(gone.stderr).text());
  if ((await gone.exited) !== 0) throw new Error(`cannot build the weakened binary: ${said}`);
  renameSync(unfinished, target);
  return target;
}
