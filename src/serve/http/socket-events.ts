/** What happens on WebSockets, handed to the handler of their route. */
import type { ServerWebSocket } from "bun";
import type { SocketData } from "./dialect.ts";
import { faultOf, isOurFault, whereOf } from "./faults.ts";
import type { Log } from "./log.ts";

type Socket = ServerWebSocket<SocketData>;

/** For Bun.serve. What a handler throws closes its socket. */
export function socketEvents(log: Log): { open(socket: Socket): void; message(socket: Socket, message: string | Buffer): void; drain(socket: Socket): void; close(socket: Socket): void } {
  const attempt = (socket: Socket, action: () => void) => {
    try {
      action();
    } catch (error) {
      const fault = faultOf(error);
      if (isOurFault(error)) log.say("error", "request-failed", { request_id: socket.data.call.requestId, message: whereOf(error) });
      // 1011: the server met something unexpected; 1013: try again later; 1008: against the rules.
      socket.close(fault.status === 503 || fault.status === 429 ? 1013 : fault.status >= 500 ? 1011 : 1008, fault.message.slice(0, 100));
    }
  };
  return {
    open: (socket) => attempt(socket, () => void (socket.data.handler = socket.data.route.open(socket, socket.data.call))),
    message: (socket, message) => attempt(socket, () => socket.data.handler?.message(message)),
    drain: (socket) => attempt(socket, () => socket.data.handler?.drain?.()),
    close: (socket) => attempt(socket, () => socket.data.handler?.closed()),
  };
}
