/** From a URL to the address that is connected to. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Network } from "./address.ts";
import { addressIn } from "./callable.ts";
import { mayBeCalled } from "./public-address.ts";

/** It must not be called. */
export class NotAllowed extends Error {}

/**
 * What is returned was checked, and is what has to be connected to: whoever asks again may get another answer.
 * @throws NotAllowed; an error of the resolver
 */
export async function addressOf(url: URL, allowed: readonly Network[]): Promise<string> {
  const written = addressIn(url);
  const found = written === null ? (await lookup(url.hostname, { all: true })).map(({ address }) => address) : [written];
  const address = found.find((each) => isIP(each) !== 0 && mayBeCalled(each, allowed));
  if (address === undefined) throw new NotAllowed(written === null ? `${url.hostname} leads to a private address` : `${written} is a private address`);
  return address;
}
