/** The memory that the whole machine has for filters: when it is used up, no box starts. */
import { type CheckGroup, type Finding, pass, skipped, warn } from "./check.ts";
import type { Host } from "./host.ts";

const limitFile = "/proc/sys/net/core/bpf_jit_limit";

/** What the filter of one box takes as machine code, at most; the kernel gives it whole pages. */
const filterBytes = 8192;
/** Filters of boxes, and of whatever else a host runs in sandboxes, that are there at one time. */
const plentyOfFilters = 1000;

/** Bytes of machine code of filters, of the whole machine; null: only root is told. */
function usedBytes(host: Host): number | null {
  const text = host.text("/proc/vmallocinfo");
  if (text === null || text === "") return null;
  // Code is in these; bpf_prog_alloc is the data of filters, which does not count.
  const sizes = [...text.matchAll(/^\S+\s+([0-9]+) bpf_(?:prog_pack|jit)_\S+/gm)].map(([, bytes]) => Number(bytes));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

function room(host: Host): Finding {
  if (host.text("/proc/sys/net/core/bpf_jit_enable") === "0") return pass("filters are not compiled, so they need none");
  const limit = host.text(limitFile);
  if (limit === null) return skipped(`${limitFile} is shown to root only, outside of containers`);
  const used = usedBytes(host);
  const filters = Math.max(0, Math.floor((Number(limit) - (used ?? 0)) / filterBytes));
  const found = `room for ${filters} filters${used === null ? " and what is used already" : ""} (bpf_jit_limit ${limit})`;
  return filters < plentyOfFilters ? warn(found) : pass(found);
}

function compiled(host: Host): Finding {
  const enabled = host.text("/proc/sys/net/core/bpf_jit_enable");
  if (enabled === null) return skipped("/proc/sys/net/core/bpf_jit_enable cannot be read; a container does not show it");
  return enabled === "0" ? warn("bpf_jit_enable is 0") : pass(`bpf_jit_enable is ${enabled}`);
}

export const filterMemory: CheckGroup = {
  name: "filters",
  title: "Filters",
  checks: [
    {
      id: "filters.room", title: "memory for filters", worst: "warn", how: "net.core.bpf_jit_limit, less what /proc/vmallocinfo shows", look: room,
      means: "When the memory for filters is used up, no program is started: ENOTSUPP.", mend: "sysctl -w net.core.bpf_jit_limit=528482304",
    },
    {
      id: "filters.compiled", title: "compiled filters", worst: "warn", how: "net.core.bpf_jit_enable", look: compiled,
      means: "The kernel interprets the filter at every system call: programs that make many are slower.", mend: "sysctl -w net.core.bpf_jit_enable=1",
    },
  ],
};
