/** By which policy a judging decides, as far as its caller says. */
import type { Policy } from "./decide/decision.ts";
import type { JudgeOptions } from "./options.ts";

export function policyOf({ combination, rerunClose, until }: Pick<JudgeOptions, "combination" | "rerunClose" | "until">): Policy {
  return { near: rerunClose ?? 0, ...(until === undefined ? {} : { until }), ...(combination === undefined ? {} : { combination }) };
}
