/** What makes times differ from run to run. */
import { type CheckGroup, type Finding, pass, skipped, warn } from "./check.ts";
import type { Host } from "./host.ts";

const cpus = "/sys/devices/system/cpu";

/** Directories of the processors that are there. */
function processors(host: Host): string[] {
  return host.names(cpus).filter((name) => /^cpu[0-9]+$/.test(name)).map((name) => `${cpus}/${name}`);
}

/** The different values of a file of each processor; without those that have none. */
function values(host: Host, file: string): string[] {
  return [...new Set(processors(host).map((cpu) => host.text(`${cpu}/${file}`)).filter((value) => value !== null))];
}

function randomAddresses(host: Host): Finding {
  const value = host.text("/proc/sys/kernel/randomize_va_space");
  if (value === null) return skipped("/proc/sys/kernel/randomize_va_space cannot be read");
  return value === "0" ? pass("addresses are the same in every run") : warn(`addresses are random: randomize_va_space is ${value}`);
}

function hugePages(host: Host): Finding {
  const text = host.text("/sys/kernel/mm/transparent_hugepage/enabled");
  const chosen = /\[(\w+)\]/.exec(text ?? "")?.[1];
  if (chosen === undefined) return skipped("this kernel has none");
  return chosen === "always" ? warn("for all memory") : pass(chosen === "never" ? "never" : "only where a program asks for them");
}

function governor(host: Host): Finding {
  const found = values(host, "cpufreq/scaling_governor");
  if (found.length === 0) return skipped("the kernel does not scale frequencies here, or does not show it");
  return found.every((value) => value === "performance") ? pass("performance") : warn(found.join(", "));
}

function turbo(host: Host): Finding {
  const off = host.text(`${cpus}/intel_pstate/no_turbo`);
  if (off !== null) return off === "1" ? pass("off") : warn("on", { mend: `echo 1 > ${cpus}/intel_pstate/no_turbo` });
  const boost = host.text(`${cpus}/cpufreq/boost`);
  if (boost !== null) return boost === "0" ? pass("off") : warn("on", { mend: `echo 0 > ${cpus}/cpufreq/boost` });
  return skipped("the kernel does not show it");
}

function threads(host: Host): Finding {
  const active = host.text(`${cpus}/smt/active`);
  const siblings = values(host, "topology/thread_siblings_list");
  const shared = siblings.filter((list) => /[,-]/.test(list));
  if (active === null && siblings.length === 0) return skipped("the kernel does not show it");
  if (active !== "1" && shared.length === 0) return pass("each processor is a core of its own");
  return warn(shared.length === 0 ? "processors share cores" : `processors that share a core: ${shared.join(" ")}`);
}

/** Relative difference below which two cores are of one kind: no two chips of a series are quite alike. */
const sameKind = 0.05;

function mixedCores(host: Host): Finding {
  if (host.entry("/sys/devices/cpu_atom") !== null) return warn(`two kinds: ${host.text("/sys/devices/cpu_core/cpus") ?? "some"} and ${host.text("/sys/devices/cpu_atom/cpus") ?? "others"}`);
  const speeds = ["cpu_capacity", "cpufreq/cpuinfo_max_freq"].map((file) => values(host, file).map(Number)).find((list) => list.length > 0);
  if (speeds === undefined) return skipped("the kernel does not show how fast they are");
  const [slowest, fastest] = [Math.min(...speeds), Math.max(...speeds)];
  return slowest >= fastest * (1 - sameKind) ? pass("all alike") : warn(`the slowest has ${Math.round((slowest / fastest) * 100)} % of the fastest`);
}

/** Clocks that a program reads without a system call, and that the kernel keeps even. */
const quickClocks = ["tsc", "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page"];

function clock(host: Host): Finding {
  const source = host.text("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  if (source === null) return skipped("the kernel does not show it");
  return quickClocks.includes(source) ? pass(source) : warn(source);
}

export const measurement: CheckGroup = {
  name: "measurement",
  title: "Measurement",
  checks: [
    {
      id: "measurement.aslr", title: "random addresses", worst: "warn", how: "kernel.randomize_va_space is 0", look: randomAddresses,
      means: "The times of one program differ by a few per cent, as its memory lies elsewhere in each run. Off is a risk on a host that does other things as well.",
      mend: "sysctl -w kernel.randomize_va_space=0",
    },
    {
      id: "measurement.huge-pages", title: "transparent huge pages", worst: "warn", how: "/sys/kernel/mm/transparent_hugepage/enabled", look: hugePages,
      means: "Memory use and times depend on whether the kernel finds huge pages.", mend: "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled",
    },
    {
      id: "measurement.governor", title: "frequency governor", worst: "warn", how: "scaling_governor of every processor", look: governor,
      means: "Processors start slowly: short programs take longer than they need.", mend: `echo performance | tee ${cpus}/cpu*/cpufreq/scaling_governor`,
    },
    {
      id: "measurement.turbo", title: "turbo", worst: "warn", how: "intel_pstate/no_turbo or cpufreq/boost", look: turbo,
      means: "Processors run faster while they are cool and others rest.", mend: "switch turbo off in the firmware",
    },
    {
      id: "measurement.smt", title: "threads of one core", worst: "warn", how: "smt/active and topology/thread_siblings_list", look: threads,
      means: "Two boxes on one core slow each other down.", mend: `echo off > ${cpus}/smt/control, or give each box a core of its own (--cpus auto)`,
    },
    {
      id: "measurement.cores", title: "kinds of cores", worst: "warn", how: "cpu_atom, cpu_capacity, cpuinfo_max_freq", look: mixedCores,
      means: "A program is quick or slow depending on the core that it gets.", mend: "give boxes cores of one kind (--cpus)",
    },
    {
      id: "measurement.clock", title: "clock", worst: "warn", how: "current_clocksource", look: clock,
      means: "To read the clock takes a system call or longer, so programs that do it often are slow.", mend: "clocksource=tsc on the kernel's command line; a virtual machine needs it from its host",
    },
  ],
};
