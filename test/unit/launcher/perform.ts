/** Launch plans really performed: by this machine, or by an emulated one. */
import { readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { closeDescriptor } from "../../../src/kernel/files.ts";
import { makeSocketPair, receive } from "../../../src/kernel/socket.ts";
import { failureBytes, launcherImage } from "../../../src/launcher/image.ts";
import { statusDescriptor, type LaunchPlan, type ProgramStep, type Step } from "../../../src/model/plan.ts";
import { executable, type Requirement } from "../../helpers/requires.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

/** How a launcher ended, and what it wrote. */
export interface Performance {
  readonly exitCode: number | null;
  readonly signal: Bun.Subprocess["signalCode"];
  readonly stdout: string;
  /** What came before a failure. */
  readonly status: Uint8Array;
  /** What the descriptor leads to that was passed with it, or null. */
  readonly passed: string | null;
  /** The record of a failure; null when there was none. Step -1 is the execve. */
  readonly failure: { readonly step: number; readonly errno: number } | null;
}

/** What performs plans. */
export interface Machine {
  readonly name: string;
  readonly needs: readonly Requirement[];
  /** Writes the image and gives the command that starts it. */
  start(plan: LaunchPlan, file: string): Promise<readonly string[]>;
}

/** Descriptor 3 is for the status. */
export const descriptors = { [statusDescriptor]: 3 };

const emulator = "/usr/bin/qemu-aarch64";

export const machines: readonly Machine[] = [
  {
    name: "this machine",
    needs: [],
    start: async (plan, file) => {
      writeFileSync(file, launcherImage(plan, descriptors), { mode: 0o755 });
      return [file];
    },
  },
  {
    name: "an emulated aarch64",
    needs: [executable(emulator)],
    start: async (plan, file) => {
      await writeImage("arm64", plan, file);
      return [emulator, file];
    },
  },
];

/** Writes the image for another architecture. */
export async function writeImage(architecture: string, plan: LaunchPlan, file: string): Promise<void> {
  const fixture = join(import.meta.dir, "../../fixtures/launcher/write-image.ts");
  const input = Buffer.from(JSON.stringify({ plan, descriptors }));
  const writer = Bun.spawn([process.execPath, fixture, architecture, file], { stdin: input, stdout: "ignore", stderr: "inherit" });
  if ((await writer.exited) !== 0) throw new Error(`${fixture} failed`);
}

/** Performs a plan to its end; it is killed after 10 seconds. */
export async function perform(plan: LaunchPlan, machine: Machine = machines[0]!): Promise<Performance> {
  using directory = temporaryDirectory();
  const command = await machine.start(plan, join(directory.path, "image"));
  const [ours, theirs] = makeSocketPair();
  const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "inherit", theirs], env: {}, cwd: "/", timeout: 10_000, killSignal: "SIGKILL" });
  closeDescriptor(theirs);
  const stdout = await new Response(child.stdout).text();
  await child.exited;
  const parts: Uint8Array[] = [];
  let passed: string | null = null;
  for (;;) {
    const chunk = new Uint8Array(65_536);
    const { count, descriptors: [descriptor] } = receive(ours, chunk);
    if (descriptor !== undefined) passed = readlinkSync(`/proc/self/fd/${descriptor}`);
    if (descriptor !== undefined) closeDescriptor(descriptor);
    if (count <= 0) break;
    parts.push(chunk.subarray(0, count));
  }
  closeDescriptor(ours);
  const record = new Uint8Array(Buffer.concat(parts));
  const failed = child.exitCode === 127 && record.length >= failureBytes;
  const words = new DataView(record.buffer, failed ? record.length - failureBytes : 0);
  return {
    exitCode: child.exitCode,
    signal: child.signalCode,
    stdout,
    passed,
    status: failed ? record.subarray(0, -failureBytes) : record,
    failure: failed ? { step: Number(words.getBigInt64(0, true)), errno: Number(words.getBigInt64(8, true)) } : null,
  };
}

/** A step without a name. */
export function step(call: Step["call"], args: Step["args"], more: Partial<Step> = {}): Step {
  return { does: call, call, args, ...more };
}

/** A step that prints. */
export function print(text: string): Step {
  return step("write", [1, text, text.length]);
}

/** A program that is found at once. */
export function shell(script: string, environment: readonly string[] = []): ProgramStep {
  return { candidates: ["/bin/sh"], argv: ["sh", "-c", script], environment };
}
