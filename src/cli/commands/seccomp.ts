/** `seccomp show`: the policies for system calls, with their reasons, and the filters that are made from them. */
import { configError, exitCodes } from "../../model/errors.ts";
import { contradicts, strictAllowsNothing } from "../../model/permissions.ts";
import { isSeccompProfile, policyNameOf, seccompProfiles, type SeccompProfile } from "../../model/seccomp.ts";
import type { Instruction } from "../../seccomp/bpf.ts";
import { disassemble } from "../../seccomp/disassemble.ts";
import { callsOf, policyOf } from "../../seccomp/policy.ts";
import { withPermissions } from "../../seccomp/permissions.ts";
import type { ArgumentRule, Condition, Policy } from "../../seccomp/rules.ts";
import { wideFilterOf } from "../../seccomp/wide.ts";
import { newestNumber, syscallsOf, type Architecture } from "../../seccomp/syscalls.ts";
import type { Arguments } from "../args.ts";
import { jsonDocument, printText } from "../output.ts";

/** @returns the exit code */
export async function seccomp({ flags, operands }: Arguments<"seccomp">): Promise<number> {
  const profile = profileOf(operands);
  const allowed = flags.allow ?? [];
  if (contradicts(allowed, profile)) throw strictAllowsNothing(allowed, "the policy to show");
  const base = policyOf(policyNameOf(profile, flags.network ?? "none"));
  const policy = withPermissions(base, allowed);
  // The strict pass has seen to it that it is one of the two.
  const architecture = (flags.arch as Architecture | undefined) ?? (process.arch === "arm64" ? "aarch64" : "x86_64");
  const with32Bit = allowed.includes("abi32") && architecture === "x86_64";
  const description = flags.disasm ? { ...headOf(policy, architecture, with32Bit), filter: filterLines(wideFilterOf(base, allowed, architecture), architecture) } : describePolicy(policy, architecture, with32Bit);
  if (flags.json) printText(jsonDocument(description));
  else printText(flags.disasm ? formatFilter(wideFilterOf(base, allowed, architecture), architecture) : formatPolicy(policy, architecture, with32Bit));
  return exitCodes.success;
}

const usage = "mini-isolate seccomp show [PROFILE] [--network NET] [--allow LIST] [--arch ARCH] [--disasm] [--json]";

/** @throws IsolateError of kind Config when the words are not `show [PROFILE]` */
export function profileOf([action, profile = "default", ...more]: readonly string[]): SeccompProfile {
  if (action === undefined) throw configError("nothing to do for seccomp", usage);
  if (action !== "show") throw configError(`unknown word '${action}' for seccomp`, usage);
  if (more.length > 0) throw configError(`unexpected argument '${more[0]}' for seccomp`, usage);
  if (!isSeccompProfile(profile)) throw configError(`unknown profile '${profile}'`, `the profiles are ${seccompProfiles.join(" and ")}`);
  return profile;
}

/** @param with32Bit whether calls of 32-bit programs are decided as well */
function headOf(policy: Policy, architecture: Architecture, with32Bit: boolean) {
  return { policy: policy.name, architecture, newest_number: newestNumber(architecture), unknown_numbers: "ENOSYS", foreign_abi: "kill", abi32: with32Bit ? "by the same rules" : "kill", otherwise: policy.otherwise };
}

/** The policy as it is on an architecture: calls that it does not have are left out. */
export function describePolicy(policy: Policy, architecture: Architecture, with32Bit = false) {
  const known = syscallsOf(architecture);
  const rules = policy.rules
    .map(({ action, reason, ...rule }) => ({ action, reason, calls: callsOf({ action, reason, ...rule }).filter((call) => known.has(call)) }))
    .filter(({ calls }) => calls.length > 0);
  return { ...headOf(policy, architecture, with32Bit), rules, arguments: policy.arguments };
}

function filterLines(instructions: readonly Instruction[], architecture: Architecture) {
  const lines = disassemble(instructions, architecture);
  return instructions.map(({ code, jumpTrue, jumpFalse, k }, index) => ({ code, jt: jumpTrue, jf: jumpFalse, k, text: lines[index]! }));
}

/** A number and an instruction a line. */
function formatFilter(instructions: readonly Instruction[], architecture: Architecture): string {
  const lines = filterLines(instructions, architecture);
  const width = String(lines.length).length;
  return lines.map(({ text }, index) => `${String(index).padStart(width)}  ${text}\n`).join("");
}

const verdictWidth = 14;
const lineWidth = 110;

/** Each rule: its verdict, the calls, and below them the reason. */
function formatPolicy(policy: Policy, architecture: Architecture, with32Bit: boolean): string {
  const { rules, arguments: byArgument, newest_number: newest, otherwise } = describePolicy(policy, architecture);
  const row = (verdict: string, text: string, reason: string) =>
    [...wrap(text).map((line, index) => `${(index === 0 ? verdict : "").padEnd(verdictWidth)}${line}`), `${" ".repeat(verdictWidth)}  ${reason}`];
  const lines = [
    `Policy ${policy.name} on ${architecture}`,
    "",
    "VERDICT       CALLS, AND WHY",
    ...rules.flatMap(({ action, calls, reason }) => row(action, calls.join(" "), reason)),
    ...row(otherwise, "every other call", otherwise === "allow" ? "what no rule names" : "what no rule names; programs fall back"),
    ...row("ENOSYS", `numbers without a call, and all above ${newest}`, "what was invented later is not known to be harmless"),
    ...(with32Bit
      ? [...row("by these rules", "calls of 32-bit programs; but ENOSYS for socketcall, ipc and the old mmap", "abi32 was allowed; the arguments of these three lie in memory"), ...row("kill", "calls of x32", "their numbers mean other calls")]
      : row("kill", "calls of another ABI: 32 bits, x32", "their numbers mean other calls")),
    "",
    "CALL          BY ARGUMENT (low word), AND WHY",
    ...byArgument.flatMap((rule) => row(rule.call, describeArgument(rule), rule.reason)),
  ];
  return `${lines.join("\n")}\n`;
}

/** `EPERM if flags have any bit but CLONE_VM ...; else allow` */
export function describeArgument({ cases, otherwise }: ArgumentRule): string {
  return [...cases.map(({ when, then }) => `${then} if ${when.map(describeCondition).join(" and ")}`), `else ${otherwise}`].join("; ");
}

function describeCondition({ argumentName, test, values }: Condition): string {
  return `${argumentName} is ${test} ${Object.keys(values).join(" ")}`.replace("is any bit", "has any bit");
}

function wrap(text: string): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && line.length + 1 + word.length > lineWidth - verdictWidth) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}
