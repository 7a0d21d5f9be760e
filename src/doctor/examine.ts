/** Does all checks. */
import { messageOf } from "../model/errors.ts";
import { type CheckGroup, type CheckState, type Finding, skipped } from "./check.ts";
import type { Host } from "./host.ts";
import { checkGroups } from "./registry.ts";

/** One check that was done. */
export interface Examined {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly state: CheckState;
  /** One line: what there is; for `skipped` why nobody looked. */
  readonly found: string;
  /** What follows when it is not as it should be. */
  readonly means: string;
  /** What mends it; null: nothing has to be mended. */
  readonly mend: string | null;
}

export type Summary = Readonly<Record<CheckState, number>>;

export async function examine(host: Host, groups: readonly CheckGroup[] = checkGroups): Promise<Examined[]> {
  const done: Examined[] = [];
  for (const { name, checks } of groups) {
    for (const check of checks) {
      const { state, found, means = check.means, mend = check.mend } = await finding(() => check.look(host));
      done.push({ id: check.id, group: name, title: check.title, state, found, means, mend: state === "warn" || state === "fail" ? mend : null });
    }
  }
  return done;
}

/** What goes wrong in a look is no reason to say nothing of the rest. */
async function finding(look: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    return skipped(`cannot be looked at: ${messageOf(error)}`);
  }
}

export function summarize(examined: readonly Examined[]): Summary {
  const count = (state: CheckState) => examined.filter((check) => check.state === state).length;
  return { pass: count("pass"), warn: count("warn"), fail: count("fail"), skipped: count("skipped") };
}

/** 0: full strength; 1: something is weaker or less even; 2: something is not enforced. */
export function exitCodeOf({ warn, fail }: Summary): 0 | 1 | 2 {
  return fail > 0 ? 2 : warn > 0 ? 1 : 0;
}
