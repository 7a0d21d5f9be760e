/** The machine that a judging ran on, for those who read its times later. */
import { readFileSync } from "../kernel/fs.ts";
import { physicalCores } from "../state/cores.ts";
import type { MachineDocument } from "./document.ts";

/** @param version of mini-isolate */
export function machineOf(jobs: number, version: string): MachineDocument {
  return {
    cpu: /^model name\s*:\s*(.+)$/m.exec(read("/proc/cpuinfo"))?.[1] ?? null,
    cores: physicalCores().length,
    memory: kibibytes(/^MemTotal:\s*(\d+) kB$/m.exec(read("/proc/meminfo"))?.[1]),
    kernel: read("/proc/sys/kernel/osrelease").trim(),
    version,
    jobs,
  };
}

const kibibytes = (text: string | undefined) => (text === undefined ? null : Number(text) * 1024);

/** Empty where a container does not show it. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
