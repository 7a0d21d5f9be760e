import { describe, expect, test } from "bun:test";
import { closeSync, constants, fstatSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import { InputPipe } from "../../../../src/executor/watch/input.ts";
import { closeDescriptor, makePipe, readSome, setNonBlocking, statusFlags } from "../../../../src/kernel/files.ts";
import { pollReadable } from "../../../../src/kernel/process.ts";
import { makeSocketPair } from "../../../../src/kernel/socket.ts";
import { temporaryDirectory } from "../../../helpers/temporary.ts";

const mebibyte = 1024 * 1024;

/** One turn of the supervisor: waits for what the pipe wants, then lets it work. @returns whether anything was ready */
function turn(input: InputPipe): boolean {
  const { ready } = pollReadable(input.readable, Math.min(1000, Math.max(0, input.dueMs - performance.now())), input.writable);
  input.pump(ready);
  return ready.length > 0;
}

/** Everything that the program gets, read as fast as it comes. */
function readAll(input: InputPipe): string {
  setNonBlocking(input.readEnd);
  const chunks: Buffer[] = [];
  const chunk = Buffer.alloc(mebibyte);
  for (let turns = 0; turns < 10_000; turns++) {
    for (;;) {
      const count = readSome(input.readEnd, chunk);
      if (count === 0) return Buffer.concat(chunks).toString("latin1");
      if (count < 0) break;
      chunks.push(Buffer.from(chunk.subarray(0, count)));
    }
    turn(input);
  }
  throw new Error("the input has no end");
}

function withSocket(use: (input: InputPipe, far: number, near: number) => void): void {
  const [near, far] = makeSocketPair();
  const input = new InputPipe(near);
  try {
    use(input, far, near);
  } finally {
    input.close();
    for (const fd of [near, far, input.readEnd]) closeDescriptor(fd);
  }
}

describe("the input of a socket", () => {
  test("comes whole and in order, and ends when the socket does", () => {
    withSocket((input, far) => {
      writeSync(far, "one ");
      turn(input);
      writeSync(far, "two");
      closeDescriptor(far);
      expect(readAll(input)).toBe("one two");
    });
  });

  test("is taken no faster than the program reads, and nothing of it is lost", () => {
    withSocket((input, far) => {
      setNonBlocking(far);
      const text = Buffer.alloc(4 * mebibyte).map((_, index) => index * 7);
      let sent = 0;
      let idle = 0;
      while (idle < 3) {
        const before = sent;
        try {
          sent += writeSync(far, text, sent);
        } catch {
          // The socket is full.
        }
        if (input.writable.length === 0) turn(input);
        idle = sent === before ? idle + 1 : 0;
      }
      expect(sent).toBeLessThan(2 * mebibyte);
      expect([input.readable.length, input.writable.length]).toEqual([0, 1]);
      closeDescriptor(far);
      expect(Buffer.from(readAll(input), "latin1").equals(text.subarray(0, sent))).toBe(true);
    });
  });

  test("is not waited for: a turn in which nothing is ready, or another reader was first, comes back at once", () => {
    withSocket((input, far, near) => {
      input.pump([]);
      writeSync(far, "x");
      expect(pollReadable([near], 1000).ready).toEqual([near]);
      readSync(near, Buffer.alloc(1));
      input.pump([near]);
      expect(input.readable).toEqual([near]);
    });
  });

  test("is asked for no more when the program does not read any more", () => {
    withSocket((input, far) => {
      closeDescriptor(input.readEnd);
      writeSync(far, "x");
      turn(input);
      expect([input.readable, input.writable]).toEqual([[], []]);
    });
  });

  test("brings no descriptors: what was sent along is closed", () => {
    const [reading, writing] = makePipe();
    const [near, far] = makeSocketPair();
    const script = `import socket, os; s = socket.socket(fileno=${0}); socket.send_fds(s, [b"take it"], [1])`;
    const sender = Bun.spawn(["/usr/bin/python3", "-c", script], { stdio: [far, writing, "inherit"] });
    closeDescriptor(far);
    closeDescriptor(writing);
    const input = new InputPipe(near);
    expect(readAll(input)).toBe("take it");
    return sender.exited.then(() => {
      // Nobody has the writing end any more.
      expect(readSync(reading, Buffer.alloc(1))).toBe(0);
      for (const fd of [reading, near, input.readEnd]) closeDescriptor(fd);
    });
  });
});

describe("the pipe of an input", () => {
  test("can be opened again for reading only", () => {
    withSocket((input) => expect(fstatSync(input.readEnd).mode & 0o777).toBe(0o444));
  });

  test("leaves the flags of the caller's descriptor as they are", () => {
    withSocket((_input, _far, near) => expect(statusFlags(near)! & constants.O_NONBLOCK).toBe(0));
  });
});

describe("the input of a named pipe", () => {
  test("waits for the first writer, and ends with the last one", () => {
    using directory = temporaryDirectory();
    const path = `${directory.path}/fifo`;
    expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const input = new InputPipe(fd);
    expect(pollReadable(input.readable, 0).ready).toEqual([]);
    writeFileSync(path, "by name");
    expect(readAll(input)).toBe("by name");
    for (const open of [fd, input.readEnd]) closeDescriptor(open);
  });
});

describe("the input of a named pipe that brings much", () => {
  function withNamedPipe(use: (input: InputPipe, writer: number) => void): void {
    using directory = temporaryDirectory();
    const path = `${directory.path}/fifo`;
    expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    const input = new InputPipe(fd);
    try {
      use(input, writer);
    } finally {
      input.close();
      for (const open of [fd, input.readEnd]) closeDescriptor(open);
    }
  }

  test("comes whole and in order, in pieces of any size, and goes into two pipes of a megabyte at most", () => {
    withNamedPipe((input, writer) => {
      setNonBlocking(input.readEnd);
      const text = Buffer.alloc(12 * mebibyte).map((_, index) => (index * 7 + (index >> 12)) & 0xff);
      const got = Buffer.alloc(text.length);
      const [sizes, chunk] = [[1, 4096, 100_000, 3000, mebibyte, 65_536], Buffer.alloc(300_000)];
      let [sent, read, most] = [0, 0, 0];
      const deadline = performance.now() + 30_000;
      for (let turns = 0; read < text.length && performance.now() < deadline; turns++) {
        try {
          if (sent < text.length) sent += writeSync(writer, text, sent, Math.min(sizes[turns % sizes.length]!, text.length - sent));
        } catch {
          // It is full.
        }
        input.pump(pollReadable(input.readable, 0, input.writable).ready);
        const count = turns % 5 === 0 ? 0 : readSome(input.readEnd, chunk);
        if (count > 0) read += chunk.copy(got, read, 0, count);
        most = Math.max(most, sent - read);
      }
      closeSync(writer);
      expect(most).toBeLessThanOrEqual(2 * mebibyte);
      expect(got.equals(text)).toBe(true);
      expect(readAll(input)).toBe("");
    });
  });

  test("is asked for no more when the program does not read any more", () => {
    withNamedPipe((input, writer) => {
      closeDescriptor(input.readEnd);
      writeSync(writer, "x");
      turn(input);
      expect([input.readable, input.writable, input.dueMs]).toEqual([[], [], Infinity]);
      closeSync(writer);
      // Closed once more by the end of the test.
      (input as { readEnd: number }).readEnd = openSync("/dev/null", "r");
    });
  });
});

describe("the input of what cannot be asked without waiting", () => {
  test("is read when it says that it is ready, and ends where it ends", () => {
    using directory = temporaryDirectory();
    const path = `${directory.path}/blocks`;
    writeFileSync(path, "y".repeat(mebibyte));
    // A file is like a disk in this.
    const fd = openSync(path, "r");
    const input = new InputPipe(fd);
    expect(readAll(input).length).toBe(mebibyte);
    closeSync(fd);
    closeDescriptor(input.readEnd);
  });

  test("that cannot be read at all ends at once", () => {
    const [readEnd, writeEnd] = makePipe();
    const input = new InputPipe(writeEnd);
    expect(readAll(input)).toBe("");
    for (const fd of [readEnd, writeEnd, input.readEnd]) closeDescriptor(fd);
  });
});
