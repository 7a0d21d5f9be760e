/** What an attack would harm on the host: files in its reach if a layer fails, and listeners that it must not get to. */
import { expect } from "bun:test";
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTestDirectory } from "../helpers/test-directory.ts";

/** What a canary file holds; a program that prints it has read it. */
export const canaryText = "canary of the host\n";

export interface Canaries extends Disposable {
  /** A directory of the host that everybody may enter. */
  readonly directory: string;
  /** A file in it that only root may read. */
  readonly secret: string;
  /** A directory in it that everybody may write to. */
  readonly open: string;
  /** A file in that directory that everybody may write to. */
  readonly writable: string;
  /** TCP ports of listeners on 127.0.0.1 and ::1. */
  readonly ports: { readonly ipv4: number; readonly ipv6: number };
  /** Name of an abstract socket, without the NUL byte in front. */
  readonly abstractName: string;
  /** Path of a socket in {@link Canaries.open}. */
  readonly socketPath: string;
  /** Fails when a file differs from how it was made, or when a listener was reached. */
  expectUntouched(): void;
}

/** Makes files and listeners for one case. */
export function openCanaries(): Canaries {
  const directory = makeTestDirectory("canary");
  chmodSync(directory, 0o755);
  const open = join(directory, "open");
  mkdirSync(open);
  chmodSync(open, 0o777);
  const secret = join(directory, "secret");
  const writable = join(open, "writable");
  for (const [path, mode] of [[secret, 0o600], [writable, 0o666]] as const) {
    writeFileSync(path, canaryText);
    chownSync(path, 0, 0);
    chmodSync(path, mode);
  }
  const reached: string[] = [];
  const socketOf = (name: string) => ({ data() {}, open: () => void reached.push(name) });
  const ipv4 = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: socketOf("127.0.0.1") });
  const ipv6 = listenOnIpv6(socketOf("::1"));
  const abstractName = `mini-isolate-canary-${process.pid}-${crypto.randomUUID()}`;
  const abstract = Bun.listen({ unix: `\0${abstractName}`, socket: socketOf("the abstract socket") });
  const socketPath = join(open, "socket");
  const named = Bun.listen({ unix: socketPath, socket: socketOf("the named socket") });
  chmodSync(socketPath, 0o777);
  const before = look(directory);
  return {
    directory, secret, open, writable, abstractName, socketPath,
    ports: { ipv4: ipv4.port, ipv6: ipv6?.port ?? unusedPort },
    expectUntouched() {
      expect(look(directory)).toEqual(before);
      expect(reached).toEqual([]);
    },
    [Symbol.dispose]() {
      for (const listener of [ipv4, ipv6, abstract, named]) listener?.stop(true);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Where nobody listens (discard, RFC 863, long out of use). */
const unusedPort = 9;

/** null on a host without IPv6. */
function listenOnIpv6(socket: { data(): void; open(): void }) {
  try {
    return Bun.listen({ hostname: "::1", port: 0, socket });
  } catch {
    return null;
  }
}

/** Everything about each file but when it was read. */
function look(directory: string): Record<string, string> {
  return Object.fromEntries(["", ...readdirSync(directory, { recursive: true, encoding: "utf8" })].toSorted().map((name) => {
    const path = join(directory, name);
    const { mode, uid, gid, nlink, mtimeMs, ctimeMs, size } = lstatSync(path);
    const content = lstatSync(path).isFile() ? readFileSync(path, "utf8") : "";
    return [name, [mode.toString(8), uid, gid, nlink, mtimeMs, ctimeMs, size, content].join(" ")];
  }));
}
