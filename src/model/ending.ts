/** How a command ends: with an exit code, or by a signal. Both are one number, so that it can be handed on as the exit code is. */

/** Above every exit code. */
const signalBase = 256;

/** In place of an exit code: to end by this signal. */
export function bySignal(signal: number): number {
  return signalBase + signal;
}

/** The signal to end by; null: it is an exit code. */
export function signalOf(code: number): number | null {
  return code > signalBase ? code - signalBase : null;
}
