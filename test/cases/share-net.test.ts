// A program that has the network of the host can use it: names are resolved as on the host, and certificates are there. All of it is read-only.
import { describe, expect } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { openState } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/getent"), executable("/usr/bin/unshare"));
const shared = ["run", "--share-net", "--"];

/** Everything is started with an /etc of its own, after these lines. */
const withEtc = (lines: string) => ["/usr/bin/unshare", "-m", "/bin/sh", "-ec", `d=$(mktemp -d); mount -t tmpfs tmpfs $d; cp -a /etc/. $d/; mount --move $d /etc; rmdir $d; ${lines}; exec "$@"`, "sh"];

describe("with the network of the host", () => {
  claim("the resolver's settings and the certificates are those of the host", async () => {
    await using state = openState();
    for (const path of ["/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/services"].filter((name) => existsSync(name))) {
      expect([path, (await state.json([...shared, "/bin/cat", path])).result.stdout]).toEqual([path, readFileSync(path, "utf8")]);
      expect((await state.json(["run", "--network", "host", "--", "/bin/cat", path])).result.stdout).toBe(readFileSync(path, "utf8"));
    }
    if (!existsSync("/etc/ssl/certs")) return;
    const list = ["/bin/ls", "-A", "/etc/ssl/certs"];
    expect((await state.json([...shared, ...list])).result.stdout).toBe(Bun.spawnSync(list).stdout.toString());
  });

  claim("private keys beside the certificates are not there, and nothing can be changed", async () => {
    await using state = openState();
    const { result } = await state.json(["run", "--processes", "8", "--share-net", "--", "/bin/sh", "-c", "ls /etc/ssl /etc/pki 2>/dev/null | grep -i private; for f in resolv.conf hosts nsswitch.conf ssl/certs/x; do (echo x > /etc/$f) 2>/dev/null && echo wrote $f; done; echo done"]);
    expect(result.stdout).toBe("done\n");
  });

  claim("names of the host's /etc/hosts are found, beside those of the box", async () => {
    await using state = openState();
    const through = withEtc("echo '127.0.0.9 judge.example' >> /etc/hosts");
    const { result } = await state.json([...shared, "/usr/bin/getent", "-s", "files", "hosts", "judge.example"], { through });
    expect([result.status, result.stdout]).toEqual(["Success", expect.stringMatching(/^127\.0\.0\.9 +judge\.example\n$/)]);
    const many = withEtc("i=0; while [ $i -lt 4000 ]; do echo \"10.0.0.1 name-of-a-host-$i.example\"; i=$((i+1)); done >> /etc/hosts");
    expect((await state.json([...shared, "/usr/bin/getent", "-s", "files", "hosts", "name-of-a-host-3999.example"], { through: many })).result.status).toBe("Success");
  });

  claim("a resolv.conf that is a link is what it leads to on the host; one that leads nowhere is left out", async () => {
    await using state = openState();
    const stub = withEtc("mkdir /etc/stub; echo 'nameserver 127.0.0.53' > /etc/stub/resolv; rm /etc/resolv.conf; ln -s stub/resolv /etc/resolv.conf");
    expect((await state.json([...shared, "/bin/cat", "/etc/resolv.conf"], { through: stub })).result.stdout).toBe("nameserver 127.0.0.53\n");
    const dangling = withEtc("rm /etc/resolv.conf; ln -s /nowhere/resolv /etc/resolv.conf");
    expect((await state.json([...shared, "/bin/ls", "/etc/resolv.conf"], { through: dangling })).result.status).toBe("RuntimeError");
  });

  claim("what the caller mounts there wins, and a root of the caller's keeps its own certificates", async () => {
    await using state = openState();
    const own = state.file("resolv", "nameserver 192.0.2.1\n");
    const cat = ["/bin/cat", "/etc/resolv.conf"];
    expect((await state.json(["run", "--share-net", "--mount", `etc/resolv.conf=${own}`, "--", ...cat])).result.stdout).toBe("nameserver 192.0.2.1\n");
    expect((await state.json(["run", "--share-net", "--mount", "etc", "--", ...cat])).result.stdout).toBe(readFileSync("/etc/resolv.conf", "utf8"));
    const root = `${state.scratch}/root`;
    Bun.spawnSync(["/bin/sh", "-c", `mkdir -p ${root}/etc ${root}/usr; echo old > ${root}/etc/resolv.conf; cp -a /bin /lib /lib64 ${root}/; mount --bind /usr ${root}/usr || true`]);
    try {
      expect((await state.mini(["init", "--chroot", root, "--share-net"])).exitCode).toBe(0);
      expect((await state.json(["run", "--", ...cat])).result.stdout).toBe(readFileSync("/etc/resolv.conf", "utf8"));
      expect((await state.json(["run", "--", "/bin/ls", "/etc/ssl"])).result.status).toBe("RuntimeError");
    } finally {
      Bun.spawnSync(["/bin/umount", `${root}/usr`]);
    }
  });
});

claim("without it nothing of the host's network is there", async () => {
  await using state = openState();
  for (const network of ["none", "loopback"]) {
    const { result } = await state.json(["run", "--processes", "8", "--network", network, "--", "/bin/sh", "-c", "ls /etc/resolv.conf /etc/ssl/certs /etc/host.conf 2>/dev/null; cat /etc/hosts"]);
    expect(result.stdout).toBe("127.0.0.1 localhost\n127.0.1.1 box\n::1 localhost\n");
  }
});
