// What the program finds around it: namespaces, file system, network.
import { describe, expect } from "bun:test";
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { openState, type State } from "../helpers/binary.ts";
import { parseMountTable } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { cgroupMechanism, claimWith, commandsOfRoot, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const asRoot = claimWith(...sandbox, commandsOfRoot);

/** The lines that a program prints in box 0, sorted. @throws Error when it does not succeed */
async function linesOf(state: State, command: readonly string[], flags: readonly string[] = []): Promise<string[]> {
  const { result, stderr } = await state.json(["run", "--box-id", "0", ...flags, "--", ...command]);
  if (!result.success) throw new Error(`${command.join(" ")}: ${result.status} ${result.exit_code} ${result.error_message} ${result.stderr} ${stderr}`);
  return result.stdout.split("\n").filter((line) => line !== "").toSorted();
}

describe("namespaces", () => {
  for (const name of ["mnt", "pid", "ipc", "uts", "net", "cgroup"]) {
    claim(`the program has a ${name} namespace of its own`, async () => {
      await using state = openState();
      await boxWith(state, []);
      const [theirs] = await linesOf(state, ["/usr/bin/readlink", `/proc/self/ns/${name}`]);
      expect(theirs).toMatch(new RegExp(`^${name}:\\[[0-9]+\\]$`));
      expect(theirs).not.toBe(readlinkSync(`/proc/self/ns/${name}`));
    });
  }

  claim("the program sees a host name that is not the host's", async () => {
    await using state = openState();
    await boxWith(state, ["print-identity"]);
    const line = (await linesOf(state, ["./print-identity"])).find((text) => text.startsWith("hostname "));
    expect(line).toBeDefined();
    expect(line).not.toBe(`hostname ${hostname()}`);
  });

  claim("the program sees itself at the root of the cgroup tree, not the host's path", async () => {
    await using state = openState();
    await boxWith(state, []);
    const lines = await linesOf(state, ["/usr/bin/cat", "/proc/self/cgroup"]);
    // Version 2 has one tree, without a name.
    for (const name of cgroupMechanism === "cgroup-v2" ? [""] : ["memory", "pids", "cpuacct"]) expect(lines.find((line) => line.split(":")[1] === name)).toEndWith(":/");
  });

  claim("an IPC object of System V ends with the run", async () => {
    await using state = openState();
    await boxWith(state, ["leave-ipc-behind"], { init: ["--processes", "8"] });
    const objects = async (command: string) => (await linesOf(state, ["/bin/sh", "-c", `${command}; ipcs -m`])).filter((line) => line.startsWith("0x")).length;
    expect([await objects("./leave-ipc-behind"), await objects("true")]).toEqual([1, 0]);
  });
});

describe("file system", () => {
  claim("the root holds the box, the system's programs and nothing else of the host", async () => {
    await using state = openState();
    await boxWith(state, []);
    const expected = ["bin", "box", "dev", "etc", "lib", "lib64", "proc", "tmp", "usr"].filter((name) => name !== "lib64" || existsSync("/lib64"));
    expect(await linesOf(state, ["/usr/bin/ls", "-A", "/"])).toEqual(expected);
  });

  claim("every mount of the host in the box is read-only, without setuid and without devices", async () => {
    await using state = openState();
    await boxWith(state, []);
    const mounts = parseMountTable((await linesOf(state, ["/usr/bin/cat", "/proc/self/mountinfo"])).join("\n"));
    const ofHost = mounts.filter((mount) => /^\/(usr|bin|lib|lib64|etc\/.*)(\/|$)/.test(mount.point));
    expect(ofHost.map((mount) => mount.point)).toContain("/usr");
    for (const mount of ofHost) expect({ point: mount.point, options: mount.options }).toEqual({ point: mount.point, options: expect.arrayContaining(["ro", "nosuid", "nodev"]) });
    for (const mount of mounts.filter(({ point }) => !point.startsWith("/dev/"))) expect([mount.point, mount.options]).toEqual([mount.point, expect.arrayContaining(["nosuid"])]);
  });

  claim("no mount point of the host is in the program's mount table", async () => {
    await using state = openState();
    await boxWith(state, []);
    const mounts = parseMountTable((await linesOf(state, ["/usr/bin/cat", "/proc/self/mountinfo"])).join("\n"));
    const known = /^\/(box|usr|bin|lib|lib64|proc|dev|tmp|etc)?(\/|$)/;
    expect(mounts.filter((mount) => !known.test(mount.point))).toEqual([]);
    expect(mounts.filter((mount) => mount.point.includes(state.directory))).toEqual([]);
    expect(mounts.filter((mount) => mount.point === "/" && mount.type !== "tmpfs")).toEqual([]);
    expect(await linesOf(state, ["/usr/bin/stat", "-f", "-c", "%T", "/"])).toEqual(["tmpfs"]);
  });

  claim("nothing can be made in /usr, /bin, /lib, /etc, /dev or the root", async () => {
    await using state = openState();
    await boxWith(state, ["open-path"]);
    const results = await linesOf(state, ["./open-path", "create", "/usr/x", "/bin/x", "/lib/x", "/usr/lib/x", "/etc/x", "/dev/x", "/x"]);
    expect(results.filter((result) => result !== "EROFS" && result !== "EACCES")).toEqual([]);
    expect(results.filter((result) => result === "EROFS").length).toBeGreaterThanOrEqual(4);
  });

  claim("/box, /tmp and /dev/shm can be written to", async () => {
    await using state = openState();
    await boxWith(state, ["open-path"]);
    expect(await linesOf(state, ["./open-path", "create", "/box/x", "x2", "/tmp/x", "/dev/shm/x"])).toEqual(["OK", "OK", "OK", "OK"]);
  });

  claim("/dev is minimal: no terminal, no disk, no host device", async () => {
    await using state = openState();
    await boxWith(state, ["open-path"]);
    expect(await linesOf(state, ["/usr/bin/ls", "-A", "/dev"])).toEqual(["fd", "full", "null", "random", "shm", "stderr", "stdin", "stdout", "urandom", "zero"]);
    expect(await linesOf(state, ["./open-path", "read", "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"])).toEqual(Array(5).fill("OK"));
    expect(await linesOf(state, ["./open-path", "write", "/dev/null", "/dev/full", "/dev/stdout", "/dev/fd/1"])).toEqual(Array(4).fill("OK"));
  });

  claim("/proc hides every other process, also the init of the box", async () => {
    await using state = openState();
    await boxWith(state, []);
    const processes = (await linesOf(state, ["/usr/bin/ls", "/proc"])).filter((name) => /^[0-9]+$/.test(name));
    expect(processes).toHaveLength(1);
    expect(processes[0]).not.toBe("1");
  });

  claim("/tmp is private and empty in every run", async () => {
    await using state = openState();
    await boxWith(state, ["open-path"]);
    expect(await linesOf(state, ["/usr/bin/ls", "-A", "/tmp"])).toEqual([]);
    const name = `/tmp/mini-isolate-private-${process.pid}`;
    expect(await linesOf(state, ["./open-path", "create", name])).toEqual(["OK"]);
    expect(existsSync(name)).toBe(false);
    expect(await linesOf(state, ["/usr/bin/ls", "-A", "/tmp"])).toEqual([]);
  });

  claim("what is written to /box stays there for the next run", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, ["open-path"]);
    expect(await linesOf(state, ["./open-path", "create", "kept"])).toEqual(["OK"]);
    expect(readdirSync(directory).toSorted()).toEqual(["kept", "open-path"]);
    expect(await linesOf(state, ["./open-path", "create", "kept"])).toEqual(["EEXIST"]);
  });

  asRoot("/etc is synthetic: the box user and nothing secret", async () => {
    await using state = openState();
    await boxWith(state, ["open-path"]);
    const expected = ["alternatives", "fonts", "group", "hosts", "ld.so.cache", "localtime", "nsswitch.conf", "passwd", "protocols", "services", "ssl", "timezone"];
    expect(await linesOf(state, ["/usr/bin/ls", "-A", "/etc"])).toEqual(expected.filter((name) => name !== "alternatives" || existsSync("/etc/alternatives")));
    const { result } = await state.json(["run", "--", "/usr/bin/cat", "/etc/passwd"]);
    const users = result.stdout.trim().split("\n").map((line) => line.split(":"));
    expect(users.filter((fields) => fields[2] === String(result.enforced.user)).map((fields) => fields[5])).toEqual(["/box"]);
    expect(users.length).toBeLessThanOrEqual(3);
    const named = await linesOf(state, ["/usr/bin/id", "-un"]);
    expect(named).toEqual([users.find((fields) => fields[2] === String(result.enforced.user))?.[0] ?? ""]);
    expect(await linesOf(state, ["/usr/bin/id", "-gn"])).toHaveLength(1);
    expect(await linesOf(state, ["./open-path", "read", "/etc/shadow", "/root", "/home", "/sys", "/var", "/run"])).toEqual(Array(6).fill("ENOENT"));
  });
});

describe("network", () => {
  claim("the loopback is the only interface; it is up for boxes that ask for it, and no use to others", async () => {
    await using state = openState();
    await boxWith(state, ["list-interfaces", "connect-to-self"]);
    const loopback = ["--network", "loopback"];
    expect(await linesOf(state, ["./list-interfaces"], loopback)).toEqual(["lo up"]);
    expect(await linesOf(state, ["./connect-to-self"], loopback)).toEqual(["OK"]);
    expect(await linesOf(state, ["./list-interfaces"])).toEqual(["lo down"]);
    expect(await linesOf(state, ["./connect-to-self"])).toEqual(["EAFNOSUPPORT"]);
  });

  claim("a listener of the host on 127.0.0.1 is out of reach, unless --share-net is given", async () => {
    await using state = openState();
    await boxWith(state, ["connect-to"]);
    using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const command = ["./connect-to", "127.0.0.1", String(listener.port)];
    expect(await linesOf(state, command)).toEqual(["EAFNOSUPPORT"]);
    expect(await linesOf(state, command, ["--network", "loopback"])).toEqual(["ECONNREFUSED"]);
    expect(await linesOf(state, command, ["--network", "host"])).toEqual(["OK"]);
    expect(await linesOf(state, command, ["--share-net"])).toEqual(["OK"]);
    const { result } = await state.json(["run", "--share-net", "--", ...command]);
    expect(result.enforced.network).toBe("none");
    expect((await state.json(["run", "--", ...command])).result.enforced.network).toBe("namespace");
  });

  claim("an address outside has no route", async () => {
    await using state = openState();
    await boxWith(state, ["connect-to"]);
    expect(await linesOf(state, ["./connect-to", "192.0.2.1", "80"], ["--network", "loopback"])).toEqual(["ENETUNREACH"]);
  });
});
