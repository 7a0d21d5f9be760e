// Names, time, fonts and settings that C libraries and runtimes look for: they are there, say the usual, and tell nothing of the host.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { chmodSync, copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { binaryPath, openState, type State } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { makeTestDirectory, ordinaryUid } from "../helpers/test-directory.ts";

interface Case {
  readonly claim: string;
  /** A public report of the same trouble elsewhere. */
  readonly source?: string;
  /** What has to be installed on the host. */
  readonly needs?: readonly string[];
  /** For /bin/sh. */
  readonly script?: string;
  /** A source with this name instead. */
  readonly program?: readonly [name: string, text: string];
  readonly flags?: readonly string[];
  readonly output: string | RegExp;
}

const node = "/usr/bin/node";
const java = "/usr/bin/java";
const python = "/usr/bin/python3";

const cases: readonly Case[] = [
  { claim: "the host name of a box has an address", source: "codalab/codalab-worksheets#1075", script: 'hostname; getent hosts "$(hostname)"', output: /^box\n127\.0\.1\.1 +box\n$/ },
  { claim: "the full host name is the host name", script: "hostname -f", output: "box\n" },
  {
    claim: "Java has a local host, a user and a home", source: "codalab/codalab-worksheets#1075", needs: [java],
    program: ["A.java", 'import java.net.*; class A { public static void main(String[] a) throws Exception { System.out.println(InetAddress.getLocalHost() + " " + System.getProperty("user.name") + " " + System.getProperty("user.home") + " " + java.util.TimeZone.getDefault().getID()); } }'],
    flags: ["--max-memory", "512"], output: "box/127.0.1.1 box /box Etc/UTC\n",
  },
  {
    claim: "Node.js finds the user and the host", source: "nodejs/node#25714", needs: [node],
    program: ["a.js", 'const os = require("os"); const { username, homedir } = os.userInfo(); require("dns").lookup(os.hostname(), (error, address) => console.log(username, homedir, error, address, new Date(0).getTimezoneOffset()));'],
    output: "box /box null 127.0.1.1 0\n",
  },
  {
    claim: "the runtime in the binary finds the user", source: "oven-sh/bun#33481",
    program: ["a.ts", 'import { hostname, userInfo } from "node:os"; const { username, homedir, shell } = userInfo(); console.log(username, homedir, shell, hostname());'], output: "box /box /bin/sh box\n",
  },
  {
    claim: "Python finds user, home, host and time zone", needs: [python],
    program: ["a.py", 'import getpass, os, pwd, socket, time\nprint(pwd.getpwuid(os.getuid()).pw_name, getpass.getuser(), os.path.expanduser("~"), socket.getfqdn(), socket.gethostbyname("localhost"), time.tzname[0], time.localtime(0).tm_gmtoff)'],
    output: "box box /box box 127.0.0.1 UTC 0\n",
  },
  { claim: "the user, its group, root and nobody have names", script: "id -un; id -gn; getent passwd root nobody | cut -d: -f1", output: "box\nbox\nroot\nnobody\n" },
  { claim: "protocols and services have numbers", script: "getent protocols tcp udp | tr -s ' '; getent services http https domain | tr -s ' '", output: /^tcp 6 TCP\nudp 17 UDP\nhttp 80\/tcp www\nhttps 443\/tcp\ndomain 53\/tcp\n$/ },
  { claim: "the time zone is UTC, whatever that of the host is", script: "date -d @0 '+%Z %H'; cat /etc/timezone", output: "UTC 00\nEtc/UTC\n" },
  { claim: "zones by name are there", needs: ["/usr/share/zoneinfo/Europe/Berlin"], script: "TZ=Europe/Berlin date -d @0 '+%Z %H'", output: "CET 01\n" },
  { claim: "the locale is one that the C library has", script: "locale 2>&1 >/dev/null; locale charmap", output: "UTF-8\n" },
  { claim: "Perl says nothing of the locale", needs: ["/usr/bin/perl"], script: "perl -e 'use POSIX; print setlocale(LC_ALL, q()), qq(\\n)'", output: "C.UTF-8\n" },
  { claim: "fontconfig finds its settings, and fonts for the usual families", source: "conda/conda#11118", needs: ["/usr/bin/fc-match", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"], script: "fc-match sans; fc-list | grep -c DejaVuSans.ttf; ls -A /box", output: 'DejaVuSans.ttf: "DejaVu Sans" "Book"\n1\n' },
  { claim: "the commands of OpenSSL find settings", needs: ["/usr/bin/openssl"], script: "openssl req -new -newkey rsa:1024 -nodes -keyout /dev/null -subj /CN=x 2>&1 | grep -v '^[.+*-]*$' | head -n 1", output: /^(?:-----BEGIN CERTIFICATE REQUEST-----\n|[A-Za-z0-9+/=]+\n)$/ },
];

/** @returns what it printed, on both outputs */
async function printed(state: State, { script, program, flags = [] }: Case): Promise<string> {
  const args = program === undefined ? ["run", "--processes", "16", "--max-memory", "256", ...flags, "--", "/bin/sh", "-c", script!] : ["execute", "--source", state.file(...program), ...flags];
  const { result } = await state.json(args, { timeoutMs: 60_000 });
  return result.stdout + result.stderr;
}

describe("in a box", () => {
  for (const one of cases) {
    claimWith(...sandbox, ...(one.needs ?? []).map((path) => (path.includes("/bin/") ? executable(path) : { missing: existsSync(path) ? null : path })))(
      one.source === undefined ? one.claim : `${one.claim} (${one.source})`,
      async () => {
        await using state = openState();
        const output = await printed(state, one);
        if (typeof one.output === "string") expect(output).toBe(one.output);
        else expect(output).toMatch(one.output);
      },
      { timeout: 60_000 },
    );
  }

  const claim = claimWith(...sandbox);

  claim("with the strict policy and with a loopback the host name is the same", async () => {
    await using state = openState();
    for (const flags of [["--seccomp", "strict"], ["--network", "loopback"]]) {
      const { result } = await state.json(["run", "--processes", "4", ...flags, "--", "/bin/sh", "-c", "getent hosts box"]);
      expect([flags, result.stdout.replace(/ +/, " ")]).toEqual([flags, "127.0.1.1 box\n"]);
    }
  });

  claim("with a loopback, who listens under the host name is found under it", async () => {
    await using state = openState();
    const text = 'import socket\ns = socket.create_server((socket.gethostname(), 0))\nc = socket.create_connection((socket.gethostname(), s.getsockname()[1]), 2)\nprint(c.getpeername()[0])';
    const { result } = await state.json(["run", "--network", "loopback", "--", "/usr/bin/python3", "-c", text]);
    expect([result.stderr, result.stdout]).toEqual(["", "127.0.1.1\n"]);
  });

  claim("/etc holds nothing of the host: neither its name nor its users nor its identity", async () => {
    await using state = openState();
    const { result } = await state.json(["run", "--processes", "4", "--", "/bin/sh", "-c", "cat /etc/* /etc/fonts/* /etc/ssl/* 2>/dev/null; cat /etc/machine-id /etc/hostname /etc/resolv.conf /etc/shadow 2>&1 | grep -vc 'No such file'; ls -A /etc /etc/ssl /etc/fonts"]);
    const others = readFileSync("/etc/passwd", "utf8").split("\n").flatMap((line) => line.split(":")[0] ?? []).filter((name) => name.length > 4 && name !== "nobody");
    const found = [...others, ...(hostname().length > 3 ? [hostname()] : [])].filter((name) => new RegExp(`(^|[^a-z])${name}($|[^a-z])`, "m").test(result.stdout));
    expect(found).toEqual([]);
    expect(result.stdout).toContain("\n0\n/etc:\n");
  });

  claim("a file that the caller mounts there takes the place of ours, and a directory that of all below", async () => {
    await using state = openState();
    const hosts = state.file("hosts", "10.0.0.1 elsewhere\n", 0o644);
    const { result } = await state.json(["run", "--processes", "4", "--mount", `etc/hosts=${hosts}`, "--mount", `etc/localtime=${hosts}`, "--mount", `etc/fonts=${state.scratch}`, "--", "/bin/sh", "-c", "cat /etc/hosts /etc/localtime; ls /etc/fonts"]);
    expect(result.stdout).toBe("10.0.0.1 elsewhere\n10.0.0.1 elsewhere\nhosts\n");
  });
});

describe("for an ordinary user", () => {
  // The checkout may lie where other users cannot reach it.
  let directory = "";
  let binary = "";
  beforeAll(() => {
    directory = makeTestDirectory("files");
    binary = join(directory, "mini-isolate");
    copyFileSync(binaryPath, binary);
    chmodSync(directory, 0o755);
    chmodSync(binary, 0o755);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  claimWith(...sandbox, executable("/usr/bin/setpriv"))("the program is the box's user, whose home is the box, also where it has the uid 0", async () => {
    await using state = openState({ uid: ordinaryUid, binary });
    const { result } = await state.json(["run", "--processes", "4", "--", "/bin/sh", "-c", 'id -un; getent passwd "$(id -u)" | cut -d: -f6; getent hosts box']);
    expect(result.stdout.replace(/ +/g, " ")).toBe("box\n/box\n127.0.1.1 box\n");
  });
});
