// A launcher that waits for the second part of its plan, really performed by this machine.
import { describe, expect, test } from "bun:test";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { O } from "../../../src/kernel/constants.ts";
import { errno } from "../../../src/kernel/errno.ts";
import { closeDescriptor } from "../../../src/kernel/files.ts";
import { makePacketPair, makeSocketPair, receive, sendDescriptors } from "../../../src/kernel/socket.ts";
import { mostBytes, mostDescriptors, requestFor, waitingImage } from "../../../src/launcher/waiting.ts";
import type { LaunchPlan, Step } from "../../../src/model/plan.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";
import { print, shell, step } from "./perform.ts";

const numbers = { status: 3, request: 4 };

interface Waiting {
  readonly stdout: string;
  readonly exitCode: number | null;
  readonly failure: { readonly step: number; readonly errno: number } | null;
}

/** Performs the first steps, then what `answer` does with the socket. */
async function perform(ahead: readonly Step[], answer: (socket: number, image: ReturnType<typeof waitingImage>) => void): Promise<Waiting> {
  using directory = temporaryDirectory();
  const file = join(directory.path, "image");
  const image = waitingImage(ahead, numbers);
  writeFileSync(file, image.file, { mode: 0o755 });
  const [statusOurs, statusTheirs] = makeSocketPair();
  const [requestOurs, requestTheirs] = makePacketPair();
  const child = Bun.spawn([file], { stdio: ["ignore", "pipe", "inherit", statusTheirs, requestTheirs], env: {} });
  closeDescriptor(statusTheirs);
  closeDescriptor(requestTheirs);
  answer(requestOurs, image);
  closeDescriptor(requestOurs);
  const stdout = await new Response(child.stdout).text();
  await child.exited;
  const bytes = new Uint8Array(64);
  const { count } = receive(statusOurs, bytes);
  closeDescriptor(statusOurs);
  const words = new DataView(bytes.buffer);
  return { stdout, exitCode: child.exitCode, failure: count === 16 ? { step: Number(words.getBigInt64(0, true)), errno: Number(words.getBigInt64(8, true)) } : null };
}

const send = (rest: LaunchPlan, sent: readonly string[] = [], descriptors: readonly number[] = []) => (socket: number, image: ReturnType<typeof waitingImage>) => {
  // It may have failed before.
  const result = sendDescriptors(socket, requestFor(image, rest, numbers.status, sent)!, descriptors);
  expect(result > 0 || result === -errno.EPIPE).toBe(true);
};

describe("a launcher that waits", () => {
  test("performs both parts, then is the program", async () => {
    const rest = { steps: [print("two ")], program: { ...shell('echo three "$A" "$1"'), argv: ["sh", "-c", 'echo three "$A" "$1"', "x", "y z"], environment: ["A=b c"] } };
    expect(await perform([print("one ")], send(rest))).toEqual({ stdout: "one two three b c y z\n", exitCode: 0, failure: null });
  });

  test("finds the descriptors that come with the second part, in their order", async () => {
    using directory = temporaryDirectory();
    const files = ["a", "b", "c"].map((name) => join(directory.path, name));
    const opened = files.map((file) => openSync(file, O.WRONLY | O.CREAT, 0o600));
    const steps = ["a", "b", "c"].map((name) => step("write", [{ fd: name }, name, 1]));
    const seen = await perform([], send({ steps, program: shell("") }, ["a", "b", "c"], opened));
    for (const fd of opened) closeDescriptor(fd);
    expect([seen.failure, files.map((file) => readFileSync(file, "latin1"))]).toEqual([null, ["a", "b", "c"]]);
  });

  test("counts the steps of both parts when one fails", async () => {
    const bad = step("chdir", ["/nowhere"]);
    const [one, two] = [print("one "), print("two ")];
    expect(await perform([one, bad, one], send({ steps: [two], program: shell("") }))).toEqual({ stdout: "one ", exitCode: 127, failure: { step: 1, errno: errno.ENOENT } });
    // The step that waits is between them.
    expect(await perform([one], send({ steps: [two, bad, two], program: shell("echo program") }))).toEqual({ stdout: "one two ", exitCode: 127, failure: { step: 3, errno: errno.ENOENT } });
  });

  test("takes a second part of any length up to the bound, and no longer one", async () => {
    const text = "x".repeat(mostBytes - 3000);
    expect((await perform([], send({ steps: [step("write", [1, text, 3])], program: shell("") }))).stdout).toBe("xxx");
    const image = waitingImage([], numbers);
    expect(requestFor(image, { steps: [step("write", [1, "x".repeat(mostBytes), 3])], program: shell("") }, 3, [])).toBeNull();
    expect(requestFor(image, { steps: [], program: shell("") }, 3, Array.from({ length: mostDescriptors + 1 }, (_, index) => `d${index}`))).toBeNull();
  });

  test("ends without a word when nobody answers", async () => {
    expect(await perform([print("one ")], () => {})).toEqual({ stdout: "one ", exitCode: 127, failure: null });
  });

  test("fails when a descriptor was cut off", async () => {
    const nothing = openSync("/dev/null", "r");
    const many = Array.from({ length: mostDescriptors + 1 }, () => nothing);
    const seen = await perform([print("one ")], (socket, image) => void sendDescriptors(socket, requestFor(image, { steps: [print("two ")], program: shell("") }, numbers.status, [])!, many));
    closeDescriptor(nothing);
    expect(seen).toEqual({ stdout: "one ", exitCode: 127, failure: { step: 1, errno: errno.EPERM } });
  });

  test("fails when the message is longer than its room", async () => {
    const seen = await perform([print("one ")], (socket) => void sendDescriptors(socket, [new Uint8Array(72 + mostBytes + 8)], []));
    expect(seen.stdout).toBe("one ");
    expect(seen.exitCode).not.toBe(0);
  });
});
