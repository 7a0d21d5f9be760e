/** How much longer than usual everything may take: an emulated machine says so in MINI_ISOLATE_SLOWNESS, a factor. */
const factor = Number(Bun.env["MINI_ISOLATE_SLOWNESS"] ?? 1);

/** A deadline of a test, on this machine. Never for what a program in a box may take: those clocks run as everywhere. */
export function patience(milliseconds: number): number {
  return milliseconds * factor;
}
