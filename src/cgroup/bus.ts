/** One method call over the Unix socket of a message bus, or of a service that can be asked directly (D-Bus Specification, "Authentication Protocol"). */
import { reasonOf } from "../kernel/errno.ts";
import { closeDescriptor } from "../kernel/files.ts";
import { pollReadable } from "../kernel/process.ts";
import { connectUnix, receiveBytes, sendBytes } from "../kernel/socket.ts";
import { marshalCall, takeReply, type MethodCall } from "./dbus-message.ts";

/** More than an answer of a bus to a stranger ever has. */
const mostBytes = 64 * 1024;

/** How a service is reached. */
export interface Way {
  readonly socket: string;
  readonly direct: boolean;
}

const hello: Omit<MethodCall, "serial"> = {
  destination: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus", member: "Hello", signature: "", body: new Uint8Array(),
};
const [helloSerial, callSerial] = [1, 2];

/**
 * Calls a method and waits for the answer, blocking. The other side asks the kernel who we are, so it does not matter what our uid is called in
 * a user namespace.
 * @param direct whether the socket is that of the service itself: a bus wants to be greeted first
 * @param deadlineMs on the clock of the engine
 * @returns null when the call succeeded, else why not
 */
export function callBy({ socket, direct }: Way, call: Omit<MethodCall, "serial">, deadlineMs: number): string | null {
  let fd: number;
  try {
    fd = connectUnix(socket);
  } catch (error) {
    return `${socket}: ${reasonOf(error)}`;
  }
  try {
    // All at once: a bus reads one after the other, and answers in the same order.
    const sent = Buffer.concat([
      Buffer.from("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"), ...(direct ? [] : [marshalCall({ ...hello, serial: helloSerial })]), marshalCall({ ...call, serial: callSerial }),
    ]);
    if (sendBytes(fd, sent) !== sent.length) return `${socket} does not take our request`;
    const fault = answerOf(fd, deadlineMs);
    return fault === null ? null : `${socket} ${fault}`;
  } catch (error) {
    return `${socket}: ${reasonOf(error)}`;
  } finally {
    closeDescriptor(fd);
  }
}

function answerOf(fd: number, deadlineMs: number): string | null {
  let bytes: Uint8Array = new Uint8Array();
  let authenticated = false;
  const chunk = new Uint8Array(4096);
  for (;;) {
    const left = deadlineMs - performance.now();
    if (left <= 0) return "does not answer";
    if (pollReadable([fd], left).ready.length === 0) continue;
    const count = receiveBytes(fd, chunk);
    if (count === 0) return "closed the connection";
    if (count > 0) bytes = Buffer.concat([bytes, chunk.subarray(0, count)]);
    if (bytes.length > mostBytes) return "says more than an answer can have";
    while (!authenticated) {
      const [line, rest] = splitLine(bytes);
      if (line === null) break;
      bytes = rest;
      authenticated = line.startsWith("OK ");
      // An empty challenge comes first.
      if (!authenticated && !line.startsWith("DATA")) return `does not let us in: ${line.slice(0, 100)}`;
    }
    for (let taken = authenticated ? takeReply(bytes) : null; taken !== null; taken = takeReply(bytes)) {
      bytes = taken.rest;
      const { reply } = taken;
      if (reply.kind === "error") return `says ${reply.error}`;
      if (reply.kind === "return" && reply.to === callSerial) return null;
    }
  }
}

function splitLine(bytes: Uint8Array): [line: string | null, rest: Uint8Array] {
  const end = Buffer.from(bytes).indexOf("\r\n");
  return end < 0 ? [null, bytes] : [Buffer.from(bytes.subarray(0, end)).toString("latin1"), bytes.subarray(end + 2)];
}
