/** Problem packages that a test makes for itself. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Files by their paths in the package; a path that ends with `/` is a directory, a content that begins with `->` a link to what follows. */
export type PackageContent = Readonly<Record<string, string>>;

export class MadePackages {
  readonly #base = mkdtempSync(join(tmpdir(), "problems-"));
  #count = 0;

  /** @returns the directory of the package */
  make(content: PackageContent): string {
    const root = join(this.#base, String(this.#count++), "problem");
    mkdirSync(root, { recursive: true });
    for (const [name, text] of Object.entries(content)) {
      const path = join(root, name);
      mkdirSync(name.endsWith("/") ? path : dirname(path), { recursive: true });
      if (name.endsWith("/")) continue;
      if (text.startsWith("->")) symlinkSync(text.slice(2), path);
      else writeFileSync(path, text);
    }
    return root;
  }

  remove(): void {
    rmSync(this.#base, { recursive: true });
  }
}

/** What a reader says of a package that it refuses, with PKG for its directory. */
export function refusal(read: (path: string) => unknown, path: string): string {
  try {
    read(path);
  } catch (error) {
    const { message, hint } = error as { message: string; hint?: string | null };
    return `${message}${hint ? ` (${hint})` : ""}`.replaceAll(path, "PKG");
  }
  return "no error";
}

/** The message of an error without its hint, with PKG for the directory of the package; what came instead of an error, as JSON. */
export function messageOf(work: () => unknown, path: string | null = null): string {
  try {
    return `no error: ${JSON.stringify(work())}`;
  } catch (error) {
    const { message } = error as Error;
    return path === null ? message : message.replaceAll(path, "PKG");
  }
}
