/** The users that boxes run as. */
import { boxUids, furtherBoxUids, type UidRange } from "../state/uids.ts";
import { type CheckGroup, type Finding, pass, skipped, warn } from "./check.ts";
import type { Host } from "./host.ts";

/** `60706 to 61183`, or more than one of these. */
function showRanges(ranges: readonly UidRange[]): string {
  return ranges.map(({ first, last }) => `${first} to ${last}`).join(" and ");
}

/** passwd(5) */
function accounts(host: Host): Finding {
  if (host.uid !== 0) return skipped("boxes of an ordinary user have no uid of their own to choose");
  const text = host.text("/etc/passwd");
  if (text === null) return skipped("/etc/passwd cannot be read");
  const ranges = host.uidRanges;
  const inside = text.split("\n").map((line) => line.split(":")).filter(([, , uid = ""]) => /^[0-9]+$/.test(uid) && ranges.some(({ first, last }) => first <= Number(uid) && Number(uid) <= last));
  const note = `${showRanges(ranges)}; accounts of directory services (LDAP) are not known`;
  if (inside.length === 0) return pass(`no account in ${note}`);
  return warn(`${inside.map(([name, , uid]) => `${name} (${uid})`).join(", ")} in ${note}`);
}

/** subuid(5): name, first, count. */
function subordinateRanges(text: string): { name: string; first: number; count: number }[] {
  return text.split("\n").map((line) => line.split(":")).filter((parts) => parts.length === 3).map(([name = "", first, count]) => ({ name, first: Number(first), count: Number(count) }));
}

function othersSubordinates(host: Host): Finding {
  if (host.uid !== 0) return skipped("boxes of an ordinary user have no uid of their own to choose");
  const text = host.text("/etc/subuid");
  if (text === null) return pass("no /etc/subuid");
  const clashes = subordinateRanges(text).filter(({ first, count }) => host.uidRanges.some((range) => first <= range.last && range.first < first + count));
  if (clashes.length === 0) return pass(`nobody's subordinate uids are in ${showRanges(host.uidRanges)}`);
  return warn(clashes.map(({ name, first, count }) => `${name} has ${first} to ${first + count - 1}`).join(", "));
}

/** newuidmap(1): the program that may give a user namespace more than the caller's own uid. */
const mapper = "/usr/bin/newuidmap";

/** With them a program of an ordinary user is another user. */
function ownSubordinates(host: Host): Finding {
  if (host.uid === 0) return skipped("root gives each box a uid of its own");
  const account = (host.text("/etc/passwd") ?? "").split("\n").map((line) => line.split(":")).find(([, , uid]) => uid === String(host.uid))?.[0];
  const owners = [String(host.uid), ...(account === undefined ? [] : [account])];
  const own = subordinateRanges(host.text("/etc/subuid") ?? "").filter(({ name }) => owners.includes(name));
  if (own.length === 0) return pass("none in /etc/subuid");
  return pass(`${own.map(({ first, count }) => `${first} to ${first + count - 1}`).join(", ")}${host.entry(mapper) === null ? `, without ${mapper}` : ""}`);
}

function claims(host: Host): Finding {
  if (host.uid !== 0) return skipped("only boxes of root have uids to claim");
  return host.uidClaims === null ? pass("they can be made") : warn(host.uidClaims);
}

export const uids: CheckGroup = {
  name: "uids",
  title: "Users",
  checks: [
    {
      id: "uids.accounts", title: "accounts in our range", worst: "warn", how: `uids in /etc/passwd that boxes would have: ${showRanges([boxUids, furtherBoxUids])}, or MINI_ISOLATE_UIDS`, look: accounts,
      means: "Boxes leave these uids out, as far as /etc/passwd names them. A program with the uid of an account reaches that account's files.",
      mend: "move the accounts, or set MINI_ISOLATE_UIDS=FIRST-LAST to a range without any",
    },
    {
      id: "uids.subordinates", title: "subordinate uids in our range", worst: "warn", how: "/etc/subuid", look: othersSubordinates,
      means: "A user can have processes under the uid of a box, in a container of his own. They can disturb each other.",
      mend: "set MINI_ISOLATE_UIDS=FIRST-LAST to a range without any",
    },
    {
      id: "uids.claims", title: "claims of uids on the host", worst: "warn", how: "/run/mini-isolate/uids is opened as a run does", look: claims,
      means: "Boxes of two state directories may get the same uid. What the kernel counts by uid is then counted for both.",
      mend: "mount a writable /run that belongs to root",
    },
    {
      id: "uids.own-subordinates", title: "subordinate uids of the caller", worst: "pass", how: "/etc/subuid and newuidmap", look: ownSubordinates,
      means: "With a range and newuidmap, programs of an ordinary user have a uid of the range. Without, they have that user's own uid, inside their namespaces.", mend: "install newuidmap (Debian: uidmap) and add a range for the user in /etc/subuid and /etc/subgid, or run as root, which gives each box a uid of its own",
    },
  ],
};
