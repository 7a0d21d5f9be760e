/** Whether a URL can be called back at all, as far as that can be seen without asking anybody. */
import { parseNetwork, type Network } from "./address.ts";
import { mayBeCalled } from "./public-address.ts";

/** @param networks as the configuration writes them; what is no network counts for nothing */
export const allowedNetworks = (networks: readonly string[]): readonly Network[] => networks.map(parseNetwork).filter((network) => network !== null);

/**
 * A name may still lead to an address that must not be called: that is looked at when it is called.
 * @param privateNetworks that may be called although they are private
 * @returns what is wrong, as a text about the URL; null: nothing
 */
export function requireCallable(text: string, privateNetworks: readonly string[]): string | null {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return "is not a URL";
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return "must begin with http:// or https://";
  if (url.username !== "" || url.password !== "") return "must not have a user name or a password in it";
  const allowed = allowedNetworks(privateNetworks);
  const isLocal = /(^|\.)localhost\.?$/i.test(url.hostname);
  const address = isLocal ? "127.0.0.1" : addressIn(url);
  return address === null || mayBeCalled(address, allowed) ? null : "must not lead to an address of this machine or of a private network";
}

/** The address that the URL has in place of a name; null: it has a name. */
export function addressIn({ hostname }: URL): string | null {
  if (hostname.startsWith("[")) return hostname.slice(1, -1);
  return /^\d+\.\d+\.\d+\.\d+$/.test(hostname) ? hostname : null;
}
