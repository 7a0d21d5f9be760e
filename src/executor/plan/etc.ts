/**
 * The files of a box's /etc: what C libraries and runtimes read there, and complain or fail without. They are made for the box and hold
 * nothing of the host but the names that go with its network.
 */
import { hostName } from "../../model/host-name.ts";
import type { LaunchSpec } from "./spec.ts";

/** Where nobody's files belong, and those of uids that a user namespace does not know (proc(5), overflowuid). */
const nobody = 65_534;

/** By name below /etc, in the order in which they are made. */
export function etcFiles({ uid, gid, hosts }: Pick<LaunchSpec, "uid" | "gid" | "hosts">): readonly (readonly [name: string, content: string])[] {
  return [
    // The first line with a uid counts: in a user namespace the program's may be 0.
    ["passwd", `box:x:${uid}:${gid}:box:/box:/bin/sh\nroot:x:0:0:root:/root:/usr/sbin/nologin\nnobody:x:${nobody}:${nobody}:nobody:/nonexistent:/usr/sbin/nologin\n`],
    ["group", `box:x:${gid}:\nroot:x:0:\nnogroup:x:${nobody}:\n`],
    // A line of its own for the name of the box: the first name of a line is what an address is called.
    ["hosts", `127.0.0.1 localhost\n127.0.1.1 ${hostName}\n::1 localhost\n${hosts ?? ""}`],
    ["nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"],
    // getprotobyname and getservbyname.
    ["protocols", "ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\nipv6 41 IPv6\nipv6-icmp 58 IPv6-ICMP\n"],
    ["services", "ftp 21/tcp\nssh 22/tcp\ntelnet 23/tcp\nsmtp 25/tcp mail\ndomain 53/tcp\ndomain 53/udp\nhttp 80/tcp www\nntp 123/udp\nhttps 443/tcp\nhttps 443/udp\n"],
    ["timezone", "Etc/UTC\n"],
    ["localtime", utc],
    ["fonts/fonts.conf", fonts],
    // Empty means the defaults; where it is missing, the commands of OpenSSL fail.
    ["ssl/openssl.cnf", ""],
  ];
}

/** Whether one of these files depends on who the program is. */
export function namesUser(name: string): boolean {
  return name === "passwd" || name === "group";
}

/** RFC 8536: the header and its one type of local time, for readers of 32 and of 64 bits, then the rule. A file and no link: nothing may lead out while the root is made. */
const utc = zoneBlock() + zoneBlock() + "\nUTC0\n";

function zoneBlock(): string {
  const counts = [0, 0, 0, 0, 1, 4];
  return "TZif2" + "\0".repeat(15) + counts.map((count) => `\0\0\0${String.fromCharCode(count)}`).join("") + "\0".repeat(6) + "UTC\0";
}

/** The fonts of the host with its rules for the usual families; what fontconfig keeps goes where there is room. */
const fonts = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
<dir>/usr/share/fonts</dir>
<dir>/usr/local/share/fonts</dir>
<cachedir>/tmp/fontconfig</cachedir>
${["45-latin", "49-sansserif", "60-latin"].map((name) => `<include ignore_missing="yes">/usr/share/fontconfig/conf.avail/${name}.conf</include>`).join("\n")}
</fontconfig>
`;
