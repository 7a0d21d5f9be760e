/** How much longer than usual everything may take: an emulated machine says so in MINI_ISOLATE_SLOWNESS, a factor. */
const factor = Number(Bun.env["MINI_ISOLATE_SLOWNESS"] ?? 1);

/** A deadline of a test, or a time that something may take at most, on this machine; any unit. The limits that a test is about stay as they are. */
export function patience(time: number): number {
  return time * factor;
}
