/** The text of src/seccomp/generated.ts, from the policies and the generator. */
import { filterOf, programBytes } from "../../src/seccomp/bpf.ts";
import { changesPolicy, permissions } from "../../src/model/permissions.ts";
import { policyNames } from "../../src/model/seccomp.ts";
import { policyOf } from "../../src/seccomp/policy.ts";
import { beforeFor } from "../../src/seccomp/wide.ts";
import { architectures } from "../../src/seccomp/syscalls.ts";

/** Sixteen instructions. */
const lineLength = 256;

function linesOf(program: Uint8Array): string {
  const lines = program.toHex().match(new RegExp(`.{1,${lineLength}}`, "g"))!;
  return lines.map((line) => `      "${line}"`).join(" +\n");
}

export function generatedFilters(): string {
  const parts = architectures.map((architecture) => {
    const filters = policyNames.map((name) => {
      return `    ${name}:\n${linesOf(programBytes(filterOf(policyOf(name), architecture)))},\n`;
    });
    return `  ${architecture}: {\n${filters.join("")}  },\n`;
  });
  return `${head}${parts.join("")}};\n`;
}

/** The text of src/seccomp/generated-permissions.ts. */
export function generatedPermissions(): string {
  const parts = architectures.map((architecture) => {
    const filters = permissions.filter(changesPolicy).map((permission) => `    ${permission}:\n${linesOf(programBytes(beforeFor(permission, architecture)))},\n`);
    return `  ${architecture}: {\n${filters.join("")}  },\n`;
  });
  return `${headOfPermissions}${parts.join("")}};\n`;
}

const headOfPermissions = `/**
 * What stands before a filter for something to be allowed (\`--allow\`), in hexadecimal. Written by \`npm run filters\`; a test fails when
 * it is not as it would be written.
 */
import type { PolicyPermission } from "../model/permissions.ts";
import type { Architecture } from "./syscalls.ts";

export const generatedPermissions: Readonly<Record<Architecture, Readonly<Record<PolicyPermission, string>>>> = {
`;

const head = `/**
 * The filters of the built-in policies, in hexadecimal: a run must not wait for the generator. Written by \`npm run filters\` from
 * policy.ts and bpf.ts; a test fails when it is not as it would be written.
 */
import type { PolicyName } from "../model/seccomp.ts";
import type { Architecture } from "./syscalls.ts";

export const generatedFilters: Readonly<Record<Architecture, Readonly<Record<PolicyName, string>>>> = {
`;
