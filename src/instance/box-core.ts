/** A processor core of its own for a run: `--cpus auto`. */
import { means } from "../executor/plan/means.ts";
import type { Box } from "../executor/plan/prepare.ts";
import { closeDescriptor } from "../kernel/files.ts";
import type { RunOptions } from "../model/request.ts";
import { claimCore, type CoreClaim } from "../state/cores.ts";
import { openHostPlace, openOrMake } from "../state/host-uids.ts";
import { withState } from "./use.ts";

/**
 * Uses a box with a core that no other run has, as long as there is one.
 *
 * The program gets the first processor of the core, and the others stay idle: what a hyper-thread does slows its sibling down, also when it is
 * another thread of the same program.
 * @throws IsolateError, SyscallError when no claim can be made
 */
export async function withCore<T>(stateDir: string, box: Box, options: RunOptions, use: (box: Box) => Promise<T>): Promise<T> {
  const claim = takeCore(stateDir, options.trace);
  const { id, processors } = claim.core;
  options.trace?.(`taking processor ${processors[0]} of core ${id}${claim.isShared() ? ", which another box has as well" : ""}`);
  try {
    return await use({ ...box, core: { cpus: String(processors[0]), isShared: claim.isShared } });
  } finally {
    if (claim.isShared()) options.warn?.(`another box ran on core ${id} at the same time, as there are more boxes than cores: times of both may be longer than they should be`);
    claim.release();
  }
}

/** On the whole host for root, or else among the boxes of the state directory. */
function takeCore(stateDir: string, trace: RunOptions["trace"]): CoreClaim {
  const host = means().ownUid ? openHostPlace("cpus") : "only root can";
  if (typeof host !== "string") {
    try {
      return claimCore(host);
    } finally {
      host.close();
    }
  }
  trace?.(`cores are claimed in this state directory only, not on the whole host: ${host}`);
  return withState(stateDir, (state) => {
    const fd = openOrMake(state.fd, ".cpus");
    try {
      return claimCore({ fd, path: `${state.path}/.cpus` });
    } finally {
      closeDescriptor(fd);
    }
  });
}
