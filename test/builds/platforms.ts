/** The platforms that we build for: a processor and a C library each. */

export interface Platform {
  /** As in the file's name: `dist/mini-isolate-linux-x64`. */
  readonly name: string;
  /** The npm package with Bun for this platform. Its version and hash are in package-lock.json, as every optional dependency of `bun`. */
  readonly runtime: string;
  /** Which code `bun build` makes. */
  readonly target: string;
}

export const platforms: readonly Platform[] = [
  { name: "linux-x64", runtime: "@oven/bun-linux-x64", target: "bun-linux-x64" },
  { name: "linux-arm64", runtime: "@oven/bun-linux-aarch64", target: "bun-linux-arm64" },
  { name: "linux-x64-musl", runtime: "@oven/bun-linux-x64-musl", target: "bun-linux-x64-musl" },
  { name: "linux-arm64-musl", runtime: "@oven/bun-linux-aarch64-musl", target: "bun-linux-arm64-musl" },
];
