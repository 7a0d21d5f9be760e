/** Pings, so that proxies in between and clients that wait for one do not take a silent connection for a dead one. */
import type { ServerWebSocket } from "bun";

const everyMs = 50_000;

/** @returns stops it */
export function keepAlive(socket: Pick<ServerWebSocket<unknown>, "ping">): () => void {
  const timer = setInterval(() => void socket.ping(), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
