/** Asks a keeper about itself, as a client would. */
import { pollReadable } from "../kernel/process.ts";
import { closeDescriptor } from "../kernel/files.ts";
import { connectUnix, receiveBytes, sendBytes } from "../kernel/socket.ts";
import { errno, errnoOf, reasonOf } from "../kernel/errno.ts";
import { IsolateError, exitCodes } from "../model/errors.ts";
import { answer, frameBytes, magic } from "./protocol.ts";
import type { KeeperStatus } from "./status.ts";

const patienceMs = 5000;

/** @returns null when no keeper is there @throws IsolateError when it does not answer, or not as one of this version */
export function askKeeper(socketPath: string, word: "status" | "stop"): KeeperStatus | null {
  let socket: number;
  try {
    socket = connectUnix(socketPath);
  } catch (error) {
    const number = errnoOf(error);
    if (number === errno.ENOENT || number === errno.ECONNREFUSED) return null;
    throw new IsolateError("Io", `cannot ask the keeper at ${socketPath}: ${reasonOf(error)}`);
  }
  try {
    const strings = Buffer.from(["/", "mini-isolate", "keeper", word].map((text) => `${text}\0`).join(""));
    const request = Buffer.concat([new Uint8Array(new Uint32Array([magic, strings.length, 3, 2, 0]).buffer), strings]);
    if (sendBytes(socket, request) !== request.length) throw noAnswer(socketPath);
    return parseAnswer(readToEnd(socket, socketPath), socketPath);
  } finally {
    closeDescriptor(socket);
  }
}

function readToEnd(socket: number, socketPath: string): Buffer {
  const deadline = performance.now() + patienceMs;
  const parts: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.alloc(4096);
    const count = receiveBytes(socket, chunk);
    if (count === 0) return Buffer.concat(parts);
    if (count > 0) parts.push(chunk.subarray(0, count));
    else if (count !== -errno.EAGAIN || performance.now() > deadline) throw noAnswer(socketPath);
    else pollReadable([socket], 100);
  }
}

function parseAnswer(bytes: Buffer, socketPath: string): KeeperStatus {
  let text = "";
  for (let at = 0; at + frameBytes <= bytes.length; ) {
    const [kind, value] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
    at += frameBytes;
    if (kind !== answer.output) continue;
    text += bytes.toString("utf8", at, at + value);
    at += value;
  }
  if (text === "") throw noAnswer(socketPath);
  return JSON.parse(text) as KeeperStatus;
}

function noAnswer(socketPath: string): IsolateError {
  return new IsolateError("Io", `the keeper at ${socketPath} does not answer`, { hint: "it may be stopped, or be of another version: end its process", exitCode: exitCodes.unavailable });
}
