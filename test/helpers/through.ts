/**
 * What the commands of tests go through, by MINI_ISOLATE_TEST_THROUGH: `pool` lets each run take a launcher that waited, `keeper` hands each
 * command to a keeper, which all tests of this process have together. Left out: nothing.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { makeTestDirectory } from "./test-directory.ts";

const through = Bun.env["MINI_ISOLATE_TEST_THROUGH"] ?? "";

export const throughEnvironment: Readonly<Record<string, string>> = through === "pool" ? { MINI_ISOLATE_LAUNCHER: "waits" } : {};

const patienceMs = 30_000;
/** Of this process: the modules of each test file are loaded anew. */
const kept = globalThis as { keeperClient?: string };

/** The program that tests start in place of a binary of ours. */
export function programFor(binary: string): string {
  return through === "keeper" ? (kept.keeperClient ??= startKeeper(binary)) : binary;
}

/** Starts a keeper that ends with this process. @returns its client */
function startKeeper(binary: string): string {
  const directory = makeTestDirectory("through");
  const [socket, client] = [join(directory, "socket"), join(directory, "client")];
  // Users of other tests look into it, find the socket closed to them, and execute the binary.
  Bun.spawnSync(["chmod", "755", directory]);
  const env = { PATH: "/usr/bin:/bin", MINI_ISOLATE_STATE_DIR: join(directory, "state") };
  const installed = Bun.spawnSync([binary, "client", "install", client, "--socket", socket], { env });
  if (installed.exitCode !== 0) throw new Error(installed.stderr.toString());
  // Not as a child of ours, as tests count these. It ends when we have, however that was.
  const whileWeLive = '("$@" & keeper=$!; while kill -0 "$0" && kill -0 $keeper; do sleep 1; done; kill $keeper; wait $keeper; rm -rf "$DIRECTORY") </dev/null >/dev/null 2>&1 &';
  Bun.spawnSync(["/bin/sh", "-c", whileWeLive, String(process.pid), binary, "keeper", "--socket", socket, "--jobs", "64"], { env: { ...env, DIRECTORY: directory }, cwd: "/" });
  for (const deadline = performance.now() + patienceMs; !existsSync(socket); Bun.sleepSync(5)) {
    if (performance.now() > deadline) throw new Error("the keeper of the tests does not begin to listen");
  }
  return client;
}
