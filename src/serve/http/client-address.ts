/** Whose request it is: the address of the connection, or what a proxy of ours says. */
import { BlockList, isIP } from "node:net";
import { IsolateError, configError } from "../../model/errors.ts";

export class Proxies {
  readonly #list = new BlockList();

  /** @param networks addresses, and networks such as `10.0.0.0/8` @throws IsolateError of kind Config */
  constructor(networks: readonly string[]) {
    for (const network of networks) addNetwork(this.#list, network);
  }

  /** @param connection empty: it came over our own socket, where only a proxy of ours can be @param forwarded the header X-Forwarded-For: each proxy has added whom it got the request from */
  clientOf(connection: string, forwarded: string | null): string {
    let client = plainAddress(connection);
    // From the last one back, as long as those who say so are believed. Anybody can write the first ones.
    for (const said of (forwarded ?? "").split(",").map((each) => plainAddress(each.trim())).filter((each) => each !== "").toReversed()) {
      if (!this.#isOurs(client)) break;
      client = isIP(said) === 0 ? client : said;
    }
    return client;
  }

  #isOurs(address: string): boolean {
    if (address === "") return true;
    const family = isIP(address);
    return family !== 0 && this.#list.check(address, family === 6 ? "ipv6" : "ipv4");
  }
}

/** @throws IsolateError of kind Config */
function addNetwork(list: BlockList, network: string): void {
  const [address = "", length, ...more] = network.split("/");
  const family = isIP(address);
  const bits = length === undefined ? null : Number(length);
  const most = family === 6 ? 128 : 32;
  if (family === 0 || more.length > 0 || (bits !== null && !(Number.isInteger(bits) && length !== "" && bits >= 0 && bits <= most))) throw networkProblem(network);
  const type = family === 6 ? "ipv6" : "ipv4";
  if (bits === null) list.addAddress(address, type);
  else list.addSubnet(address, bits, type);
}

function networkProblem(network: string): IsolateError {
  return configError(`cannot use '${network}' as an address`, "an address such as 10.0.0.1, or a network such as 10.0.0.0/8");
}

/** An address of version 4 as such, also on a socket of version 6; without a port. */
function plainAddress(address: string): string {
  const bracketed = /^\[([^\]]+)\](:[0-9]+)?$/.exec(address)?.[1];
  if (bracketed !== undefined) return bracketed;
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return /^([0-9.]+):[0-9]+$/.exec(address)?.[1] ?? address;
}
