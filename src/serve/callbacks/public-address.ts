/** Which addresses a callback may go to. Whoever hands in a submission must not reach what only this machine can reach. */
import { isIn, parseAddress, parseNetwork, type Address, type Network } from "./address.ts";

const networks = (...texts: readonly string[]): readonly Network[] => texts.map((text) => parseNetwork(text)!);

/** The special-purpose registries of IANA (RFC 6890 and later), and what is multicast or reserved. */
const notPublicFour = networks(
  "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
  "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
);
/** Only this part is given out for the internet at all. */
const globalSix = networks("2000::/3");
const notPublicSix = networks("2001::/23", "2001:db8::/32", "3fff::/20");

/** Forms of IPv6 that are an IPv4 address: where its four bytes begin. */
const embedding: readonly (readonly [Network, number])[] = [
  [parseNetwork("::ffff:0:0/96")!, 12],
  [parseNetwork("::ffff:0:0:0/96")!, 12],
  [parseNetwork("64:ff9b::/96")!, 12],
  [parseNetwork("2002::/16")!, 2],
];

/** The last eight bytes of an address that is a tunnel to an IPv4 address (ISATAP). */
const tunnelMark = [0, 0, 0x5e, 0xfe];

/** @param allowed networks that may be called all the same @returns whether a callback may go there */
export function mayBeCalled(text: string, allowed: readonly Network[]): boolean {
  const address = parseAddress(text);
  if (address === null) return false;
  const inner = innerFour(address);
  if (allowed.some((network) => isIn(address, network) || (inner !== null && isIn(inner, network)))) return true;
  if (address.length === 4) return !isInAny(address, notPublicFour);
  // A mapped address is nothing but the other one.
  if (inner !== null) return !isInAny(inner, notPublicFour) && (isInAny(address, globalSix) || isPlainForm(address)) && !isInAny(address, notPublicSix);
  return isInAny(address, globalSix) && !isInAny(address, notPublicSix);
}

function innerFour(address: Address): Address | null {
  if (address.length === 4) return null;
  for (const [network, start] of embedding) if (isIn(address, network)) return address.subarray(start, start + 4);
  const isTunnel = tunnelMark.every((byte, at) => (at === 0 ? (address[8]! & 0xfd) === byte : address[8 + at] === byte));
  return isTunnel ? address.subarray(12) : null;
}

const isPlainForm = (address: Address) => embedding.some(([network]) => isIn(address, network));

const isInAny = (address: Address, some: readonly Network[]) => some.some((network) => isIn(address, network));
