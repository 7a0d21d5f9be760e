/** What a virtual machine gets: a copy of this checkout, as far as tests need it, with everything built. */
import { copyFileSync, cpSync, mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { weakenedBinary } from "../escape/weakened.ts";
import { binaryPath } from "../helpers/binary.ts";
import { program } from "../helpers/programs.ts";

const top = join(import.meta.dir, "../..");
const parts = ["src", "test", "docs", "languages", "plugins", "package.json", "tsconfig.json", "bunfig.toml"];
const packages = ["bun/bin/bun.exe", "bun/package.json", "consola", "valibot", "yaml", "@valibot"];
/** Programs that claims.sh starts by name. */
const named = ["attacks/once", "attacks/exhaust", "callers/everything-odd", "print-attributes"];

/** Every program in C that a test may ask for; those of them that are no programs by themselves are not. */
function everyProgram(): string[] {
  const fixtures = join(top, "test/fixtures");
  return ["programs", "attacks", "callers", "hosts"].flatMap((directory) =>
    readdirSync(join(fixtures, directory)).filter((name) => name.endsWith(".c")).map((name) => (directory === "programs" ? "" : `${directory}/`) + name.slice(0, -".c".length)));
}

/** Fills an empty directory. */
export async function fillFiles(directory: string): Promise<void> {
  const checkout = join(directory, "checkout");
  for (const part of parts) cpSync(join(top, part), join(checkout, part), { recursive: true });
  for (const name of packages) cpSync(join(top, "node_modules", name), join(checkout, "node_modules", name), { recursive: true });
  mkdirSync(join(checkout, "dist"));
  const weakened = await weakenedBinary();
  for (const path of [binaryPath, weakened]) copyFileSync(path, join(checkout, "dist", basename(path)));
  const fixtures = join(directory, "fixtures");
  mkdirSync(fixtures);
  for (const name of everyProgram()) {
    const path = await program(name);
    copyFileSync(path, join(fixtures, basename(path)));
  }
  copyFileSync(binaryPath, join(directory, "mini-isolate"));
  copyFileSync(weakened, join(directory, "weakened"));
  for (const name of named) copyFileSync(await program(name), join(directory, basename(name)));
  for (const name of ["claims.sh", "guest.sh"]) copyFileSync(join(import.meta.dir, name), join(directory, name));
}
