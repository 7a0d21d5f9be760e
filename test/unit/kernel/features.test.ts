// Asking the kernel changes nothing, and on the kernels that we test on everything is there.
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { errno } from "../../../src/kernel/errno.ts";
import { askKernel, type KernelFeature } from "../../../src/kernel/features.ts";

const features: readonly KernelFeature[] = ["seccompFilter", "seccompListener", "pidfd", "cloneIntoCgroup", "openat2", "closeRange", "mountSetattr", "landlock"];

test.each([...features])("%s: an answer, and no descriptor or child is left", (feature) => {
  const descriptors = readdirSync("/proc/self/fd").length;
  const answer = askKernel(feature);
  // What a container or a kernel without it says; anything else would be a question that was put wrong.
  if (answer < 0) expect([errno.ENOSYS, errno.EPERM, errno.EOPNOTSUPP]).toContain(-answer);
  expect(readdirSync("/proc/self/fd")).toHaveLength(descriptors);
  expect(askKernel(feature)).toBe(answer);
});
