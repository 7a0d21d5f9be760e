/** The text of src/seccomp/generated.ts, from the policies and the generator. */
import { filterOf, programBytes } from "../../src/seccomp/bpf.ts";
import { policyNames } from "../../src/model/seccomp.ts";
import { policyOf } from "../../src/seccomp/policy.ts";
import { architectures } from "../../src/seccomp/syscalls.ts";

/** Twelve instructions. */
const lineLength = 192;

export function generatedFilters(): string {
  const parts = architectures.map((architecture) => {
    const filters = policyNames.map((name) => {
      const hex = programBytes(filterOf(policyOf(name), architecture)).toHex();
      const lines = hex.match(new RegExp(`.{1,${lineLength}}`, "g"))!;
      return `    ${name}:\n${lines.map((line) => `      "${line}"`).join(" +\n")},\n`;
    });
    return `  ${architecture}: {\n${filters.join("")}  },\n`;
  });
  return `${head}${parts.join("")}};\n`;
}

const head = `/**
 * The filters of the built-in policies, in hexadecimal: a run must not wait for the generator. Written by \`npm run filters\` from
 * policy.ts and bpf.ts; a test fails when it is not as it would be written.
 */
import type { PolicyName } from "../model/seccomp.ts";
import type { Architecture } from "./syscalls.ts";

export const generatedFilters: Readonly<Record<Architecture, Readonly<Record<PolicyName, string>>>> = {
`;
