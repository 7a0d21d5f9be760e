/** The machine, under the names that lscpu(1) and free(1) print. */
import { arch, availableParallelism, cpus, endianness, totalmem } from "node:os";

const machines: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };
const units = ["B", "Ki", "Mi", "Gi", "Ti"];

export function systemInfo(): Readonly<Record<string, string>> {
  const all = cpus();
  return {
    "Architecture": machines[arch()] ?? arch(),
    "Byte Order": endianness() === "LE" ? "Little Endian" : "Big Endian",
    "CPU(s)": String(Math.max(all.length, availableParallelism())),
    "Model name": all[0]?.model ?? "unknown",
    "Mem": short(totalmem()),
  };
}

function short(bytes: number): string {
  const unit = Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const amount = bytes / 1024 ** unit;
  return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)}${units[unit]}`;
}
