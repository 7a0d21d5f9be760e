/**
 * A control group for an ordinary user on a host with systemd. The group of a login session belongs to root, but the user's own service manager
 * makes groups that belong to the user, when it is asked (org.freedesktop.systemd1(5), StartTransientUnit). So we ask it to take us into one.
 */
import { readFileSync } from "../kernel/fs.ts";
import { callBy, type Way } from "./bus.ts";
import { Marshaller, type MethodCall } from "./dbus-message.ts";

/** How long the manager may take in all: it takes milliseconds, but on a host that is overloaded the group is worth waiting for. */
const patienceMs = 5000;
/** Between two looks whether we are there. */
const pauseMs = 1;

/**
 * Moves this process, all its threads, into a scope of its own that may be divided into groups. It ends when no process is left in it.
 * @param ways to the manager, tried in turn
 * @returns the new group as /proc/self/cgroup has it, or why there is none
 */
export function enterUserScope(ways: readonly Way[], patience = patienceMs): { readonly own: string } | { readonly reason: string } {
  const name = `mini-isolate-${process.pid}-${Math.floor(Math.random() * 2 ** 32).toString(36)}.scope`;
  const deadline = performance.now() + patience;
  const refusals: string[] = [];
  for (const way of ways) {
    const refusal = callBy(way, startScope(name), deadline);
    if (refusal === null) break;
    refusals.push(refusal);
  }
  if (refusals.length === ways.length) return { reason: `the user's service manager makes no group for us: ${refusals.join(", ") || "there is no way to it"}` };
  // The answer comes when the job is queued, not when it is done.
  for (;;) {
    const own = ownGroup();
    if (own?.endsWith(`/${name}`)) return { own };
    if (performance.now() > deadline) return { reason: `the user's service manager did not move us into ${name} within ${patience / 1000} s` };
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  }
}

function ownGroup(): string | null {
  const line = readFileSync("/proc/self/cgroup", "latin1").split("\n").find((text) => text.startsWith("0::"));
  return line?.slice("0::".length) ?? null;
}

/** @param name of the scope */
export function startScope(name: string): Omit<MethodCall, "serial"> {
  const properties: readonly (readonly [name: string, type: string, value: (into: Marshaller) => void])[] = [
    ["Description", "s", (into) => into.string("mini-isolate: control groups of its boxes")],
    // 0 means the sender, whatever number it has for itself.
    ["PIDs", "au", (into) => into.array(4, () => into.uint32(0))],
    ["Delegate", "b", (into) => into.boolean(true)],
    // Or a scope whose processes were killed for memory would stay listed as failed.
    ["CollectMode", "s", (into) => into.string("inactive-or-failed")],
  ];
  const body = new Marshaller().string(name).string("fail");
  body.array(8, () => {
    for (const [property, type, value] of properties) body.align(8).string(property).variant(type, value);
  });
  // No further units.
  body.array(8, () => {});
  return {
    destination: "org.freedesktop.systemd1",
    path: "/org/freedesktop/systemd1",
    interface: "org.freedesktop.systemd1.Manager",
    member: "StartTransientUnit",
    signature: "ssa(sv)a(sa(sv))",
    body: body.bytes,
  };
}
