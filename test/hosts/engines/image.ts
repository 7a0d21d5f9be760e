/** The recipe's image, made without a registry: its base is a small tree of our own under the base's name, the rest is the page's text. */
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { binaryPath } from "../../helpers/binary.ts";
import { program } from "../../helpers/programs.ts";
import { recipe } from "./page.ts";

/** Where the fixture programs are in the image: below what every box sees. */
export const programsInImage = "/usr/local/bin";

const applets = ["sh", "true", "rm", "cat"];

export interface Context {
  /** With the Dockerfile and the binary, as the page has them. */
  readonly directory: string;
  readonly binary: string;
  /** What the image begins with, as a directory. */
  readonly base: string;
}

/** @param directory everything is made in it */
export async function makeContext(directory: string): Promise<Context> {
  const context = { directory: join(directory, "context"), binary: join(directory, "context/mini-isolate"), base: join(directory, "base") };
  mkdirSync(context.directory);
  writeFileSync(join(context.directory, "Dockerfile"), recipe.dockerfile);
  copy(binaryPath, context.binary);
  await makeBase(context.base);
  return context;
}

/** A shell, the C library, and an apt-get that installs nothing: there is no registry, and no network. */
async function makeBase(base: string): Promise<void> {
  for (const name of ["bin", "dev", "etc", "lib", "lib64", "proc", "run", "sys", "tmp", "usr/local/bin", "var/lib"]) mkdirSync(join(base, name), { recursive: true });
  chmodSync(join(base, "tmp"), 0o1777);
  copy("/bin/busybox", join(base, "bin/busybox"));
  for (const name of applets) symlinkSync("busybox", join(base, "bin", name));
  writeFileSync(join(base, "bin/apt-get"), "#!/bin/sh\n", { mode: 0o755 });
  const libraries = Bun.spawnSync(["/usr/bin/ldd", binaryPath]).stdout.toString().matchAll(/(\/lib\S*\/\S+) \(/g);
  for (const [, path = ""] of libraries) copy(path, join(base, path));
  copy(await program("fill-memfd"), join(base, programsInImage, "fill-memfd"));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}
