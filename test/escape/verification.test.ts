// What the launcher reads back before it installs the filter: each look fails when what it looks for was not done.
import { describe, expect } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PR } from "../../src/kernel/constants.ts";
import type { Launch } from "../../src/model/observation.ts";
import { errno } from "../../src/kernel/errno.ts";
import type { LaunchPlan, Step } from "../../src/model/plan.ts";
import { openState } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { left, perform, telltale, withPlanBox } from "./plan-box.ts";
import { leaveOutVariable, weakenedBinary } from "./weakened.ts";

const claim = claimWith(...sandbox);

/** A change of the real plan: steps that begin like this are left out (null), or get other arguments. */
type Changes = Readonly<Record<string, Step["args"] | null>>;

function changed(plan: LaunchPlan, changes: Changes): LaunchPlan {
  const used = new Set<string>();
  const steps = plan.steps.flatMap((step) => {
    const key = Object.keys(changes).find((beginning) => step.does.startsWith(beginning));
    if (key === undefined) return [step];
    used.add(key);
    const args = changes[key]!;
    return args === null ? [] : [{ ...step, args }];
  });
  expect([...used].toSorted()).toEqual(Object.keys(changes).toSorted());
  return { ...plan, steps };
}

const capabilityHeader = { hex: new Uint8Array(new Uint32Array([0x2008_0522, 0]).buffer).toHex() };

/** Six words: effective, permitted and inheritable of the first 32 capabilities, then of the rest. */
function capabilities(...words: readonly number[]): Step["args"] {
  return [capabilityHeader, { hex: new Uint8Array(new Uint32Array(words).buffer).toHex() }];
}

/** With these root stays root, and only its capabilities are looked at. */
const stayRoot: Changes = { "become uid": null, "verify that the uid": null, "verify that the saved uid": null, "drop capability": null };

const cases: readonly { readonly look: string; readonly when: string; readonly changes: Changes }[] = [
  { look: "that the uid is", when: "the uid was not changed", changes: { "become uid": null } },
  { look: "that the uid is", when: "it is another", changes: { "become uid": [60_999, 60_999, 60_999] } },
  { look: "that the uid is", when: "only the effective one was changed", changes: { "become uid": [-1, 63_102, -1] } },
  { look: "that the saved uid is", when: "a way back to root was left", changes: { "become uid": [63_102, 63_102, -1] } },
  { look: "that the gid is", when: "the gid was not changed", changes: { "become gid": null } },
  { look: "that the saved gid is", when: "a way back to root's was left", changes: { "become gid": [63_102, 63_102, -1] } },
  { look: "that there are no supplementary groups", when: "one is left", changes: { "drop supplementary groups": [1, { hex: "00000000" }] } },
  { look: "that there are no capabilities (1 of 3)", when: "none was dropped", changes: { ...stayRoot, "drop all capabilities": null } },
  { look: "that there are no capabilities (1 of 3)", when: "one is permitted", changes: { ...stayRoot, "drop all capabilities": capabilities(0, 1, 0, 0, 0, 0) } },
  { look: "that there are no capabilities (2 of 3)", when: "one can be inherited", changes: { ...stayRoot, "drop all capabilities": capabilities(0, 0, 1 << 21, 0, 0, 0) } },
  { look: "that there are no capabilities (3 of 3)", when: "a late one is permitted", changes: { ...stayRoot, "drop all capabilities": capabilities(0, 0, 0, 0, 1, 0) } },
  { look: "that there are no capabilities (3 of 3)", when: "a late one can be inherited", changes: { ...stayRoot, "drop all capabilities": capabilities(0, 0, 0, 0, 0, 1) } },
  { look: "that it is undumpable", when: "it is dumpable", changes: { "be undumpable": [PR.SET_DUMPABLE, 1, 0, 0, 0] } },
  { look: "that no_new_privs is set", when: "it is not", changes: { "set no_new_privs": null, "keep to the Landlock rules": null } },
];

describe("a launch ends before the program starts when the kernel does not confirm", () => {
  for (const { look, when, changes } of cases) {
    claim(`${look}: ${when}`, () => withPlanBox(async (box) => {
      const before = left();
      const { status, message, observed } = await perform(box, (plan) => changed(plan, changes));
      const id = / [ug]id is$/.test(look) ? " 63102" : "";
      expect([status, observed.exitCode, message]).toEqual(["InternalError", null, `cannot verify ${look}${id}: EPERM (operation not permitted)`]);
      expect([existsSync(join(box.workdir, "ran")), left()]).toEqual([false, before]);
    }));
  }

  claim("control: with the looks left out as well, the same changes start the program", () => withPlanBox(async (box) => {
    for (const { changes } of cases) {
      const own = Object.fromEntries(Object.entries(changes).filter(([does]) => !does.startsWith("verify ")));
      const { observed } = await perform(box, (plan) => changed(plan, { ...own, "verify ": null }));
      // Nobody without capabilities gets a filter without no_new_privs, so that the kernel itself sees to this one (seccomp(2)).
      const expected: Launch = "set no_new_privs" in own ? { kind: "failed", does: "install the seccomp filter", errno: errno.EACCES } : { kind: "started" };
      expect([Object.keys(own), observed.launch]).toEqual([Object.keys(own), expected]);
    }
  }));
});

describe("the binary", () => {
  const withGroups = { through: ["/usr/bin/setpriv", "--groups", "4,5"] };
  for (const [step, look, options] of [
    ["become uid", "that the uid is UID", {}],
    ["become gid", "that the gid is UID", {}],
    ["drop supplementary groups", "that there are no supplementary groups", withGroups],
    ["set no_new_privs", "that no_new_privs is set", {}],
  ] as const) {
    claimWith(...sandbox, executable("/usr/bin/setpriv"))(`that leaves out "${step}" tells so, and starts nothing`, async () => {
      await using state = openState({ binary: await weakenedBinary() });
      const box = await boxWith(state, []);
      const { result, exitCode } = await state.json(["run", "--", ...telltale], { ...options, env: { [leaveOutVariable]: step } });
      expect([result.status, exitCode, result.error_message]).toEqual(["InternalError", 5, `cannot verify ${look.replace("UID", String([...state.uids][0]))}: EPERM (operation not permitted)`]);
      expect(existsSync(join(box.directory, "ran"))).toBeFalse();
      await expectNothingLeft(state);
    });
  }
});
