/**
 * Steps that ask the kernel what the steps before have come to: a call that succeeds is not yet one that did what was meant.
 * A difference ends the launch, with nothing started.
 */
import { PR } from "../../kernel/constants.ts";
import type { Step } from "../../model/plan.ts";
import { becomesAnother, capabilityHeader } from "./process.ts";
import type { LaunchSpec } from "./spec.ts";

const nothing = "00".repeat(8);

/** Numbers of 32 bits as they lie in memory. */
function words(...numbers: readonly number[]): string {
  return new Uint8Array(new Uint32Array(numbers).buffer).toHex();
}

/** A call whose result must be this. */
function result(does: string, call: Step["call"], args: Step["args"], number: number): Step {
  return { does, call, args, opens: "answer", expects: { room: null, bytes: words(number, 0) } };
}

/** getresuid(2) and its like fill three numbers: real, effective, saved. One step compares eight bytes. */
function ids(name: "uid" | "gid", call: "getresuid" | "getresgid", id: number): Step[] {
  const room = `${name}s`;
  const args = [0, 4, 8].map((at) => ({ room, bytes: 16, at }));
  return [
    { does: `verify that the ${name} is ${id}`, call, args, expects: { room, bytes: words(id, id) } },
    { does: `verify that the saved ${name} is ${id}`, call, args, expects: { room, at: 8, bytes: words(id) } },
  ];
}

/** After identity, redirections and no_new_privs; before the filter, which may refuse to answer. */
export function verifySteps(spec: LaunchSpec): Step[] {
  const capabilities = { room: "capabilities", bytes: 24 };
  return [
    // Without an own uid they are the caller's.
    ...(becomesAnother(spec)
      ? [
          ...ids("uid", "getresuid", spec.uid),
          ...ids("gid", "getresgid", spec.gid),
          result("verify that there are no supplementary groups", "getgroups", [0, 0], 0),
        ]
      : []),
    // Effective, permitted, inheritable; and again for the capabilities from 32 on. Nothing can be ambient that is not among them.
    ...[0, 8, 16].map((at): Step => ({
      does: `verify that there are no capabilities (${at / 8 + 1} of 3)`, call: "capget", args: [capabilityHeader, capabilities], expects: { room: capabilities.room, at, bytes: nothing },
    })),
    result("verify that it is undumpable", "prctl", [PR.GET_DUMPABLE, 0, 0, 0, 0], 0),
    result("verify that no_new_privs is set", "prctl", [PR.GET_NO_NEW_PRIVS, 0, 0, 0, 0], 1),
  ];
}
