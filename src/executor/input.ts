/** The descriptors of ours that the program of a run gets, and how far it is trusted with them. */
import type { RunOptions, Stdin } from "../model/request.ts";
import type { Box, PreparedRun } from "./plan/prepare.ts";
import type { PassedStreams } from "./watch/passed-streams.ts";
import type { Reader, StdinSource } from "./watch/stdin-source.ts";
import { openStdin, pipeForInput, refuseDirectories, viewOfInput } from "./watch/stdin.ts";

/** @throws what {@link openStdin} throws */
export function openInput(stdin: Stdin, { passthrough }: RunOptions, { isolation, spec }: PreparedRun, box: Box): StdinSource {
  const given: Stdin = passthrough && stdin.kind === "empty" ? { kind: "descriptor", fd: 0 } : stdin;
  const ownStream = passthrough && given.kind === "descriptor" && given.fd === 0;
  const without = (protection: string) => spec.leftOut.some((text) => protection.startsWith(text));
  // Under the caller's uid and without namespaces the program reaches the caller's files anyway.
  const reader = another({ isolation, spec }, box) ?? (isolation === "userns" ? { uid: process.geteuid!(), gid: null } : null);
  return openStdin(given, without(viewOfInput) ? null : reader, ownStream || without(pipeForInput));
}

/** With `--passthrough`. @returns our 1 and 2 as the program gets them @throws IsolateError of kind Config for a directory */
export async function passOutputs({ passthrough }: RunOptions, prepared: PreparedRun, box: Box): Promise<PassedStreams | null> {
  if (!passthrough) return null;
  refuseDirectories();
  return (await import("./watch/passed-streams.ts")).openPassedStreams(another(prepared, box));
}

/** The program, where it has another uid than the caller, else null. */
function another({ spec }: Pick<PreparedRun, "isolation" | "spec">, box: Box): Reader | null {
  return spec.subordinate ?? (spec.ownUid ? box : null);
}
