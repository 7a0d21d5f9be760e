/**
 * What a program with the network of the host finds of its settings, read-only: how names are resolved, and whose certificates are
 * trusted. Loaded only for such runs.
 */
import { lstatSync, readFileSync, statSync } from "../../kernel/fs.ts";
import type { MountRule } from "../../model/mounts.ts";

/** Settings of the resolver and lists of names. */
const names = ["etc/resolv.conf", "etc/nsswitch.conf", "etc/host.conf", "etc/gai.conf", "etc/services", "etc/protocols"];
const hosts = "etc/hosts";

/** Where Debian, Fedora, Arch, openSUSE and Alpine keep certificates; private keys lie beside them and are not among these. */
const certificates = [
  "etc/ssl/certs", "etc/ssl/cert.pem", "etc/ssl/ca-bundle.pem", "etc/ssl/openssl.cnf", "etc/ca-certificates",
  "etc/pki/tls/certs", "etc/pki/tls/cert.pem", "etc/pki/tls/openssl.cnf", "etc/pki/ca-trust", "etc/pki/java", "etc/crypto-policies",
];

/** More than that is not written into a launch plan. */
const mostHostsBytes = 65_536;

function view(inside: string): MountRule {
  return { inside, kind: "bind", source: `/${inside}`, writable: false, devices: false, noExec: true, maybe: true, recursive: false };
}

/**
 * A link, such as resolv.conf of systemd-resolved, is followed on the host: the mount is of what it leads to.
 * @param root a root directory of the caller's, which has certificates of its own; null: the default root
 * @param given rules of the caller and of the pack, which win for their places and all below
 */
export function hostNetworkRules(root: string | null, given: readonly MountRule[]): MountRule[] {
  const wanted = root === null ? [...names, ...certificates, ...(hostsText() === null ? [hosts] : [])] : [...names, hosts].filter((path) => isFile(`${root}/${path}`));
  return wanted.filter((path) => !given.some(({ inside }) => path === inside || path.startsWith(`${inside}/`))).map(view);
}

/** The host's own, to stand below that of the box; null: there is none, or it is too long and has to be mounted. */
export function hostsText(): string | null {
  try {
    return statSync(`/${hosts}`).size > mostHostsBytes ? null : readFileSync(`/${hosts}`, "utf8");
  } catch {
    return null;
  }
}

/** In a directory of somebody else's nothing can be made to mount on, and no link in it is followed. */
function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
