/** Which descriptor the program of a run reads, and how far it is trusted with it. */
import type { RunOptions, Stdin } from "../model/request.ts";
import type { Box, PreparedRun } from "./plan/prepare.ts";
import type { StdinSource } from "./watch/stdin-source.ts";
import { openStdin, pipeForInput, refuseDirectories, viewOfInput } from "./watch/stdin.ts";

/** @throws what {@link openStdin} throws */
export function openInput(stdin: Stdin, { passthrough }: RunOptions, { isolation, spec }: PreparedRun, box: Box): StdinSource {
  if (passthrough) refuseDirectories();
  const given: Stdin = passthrough && stdin.kind === "empty" ? { kind: "descriptor", fd: 0 } : stdin;
  const ownStream = passthrough && given.kind === "descriptor" && given.fd === 0;
  const without = (protection: string) => spec.leftOut.some((text) => protection.startsWith(text));
  // Under the caller's uid and without namespaces the program reaches the caller's files anyway.
  const reader = spec.subordinate !== null ? spec.subordinate : spec.ownUid ? box : isolation === "userns" ? { uid: process.geteuid!(), gid: null } : null;
  return openStdin(given, without(viewOfInput) ? null : reader, ownStream || without(pipeForInput));
}
