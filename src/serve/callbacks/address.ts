/** Addresses of the internet as bytes, and networks of them. */

/** 4 or 16 bytes. */
export type Address = Uint8Array;

/** @returns null: it is no address */
export function parseAddress(text: string): Address | null {
  return text.includes(":") ? parseSix(text) : parseFour(text);
}

function parseFour(text: string): Address | null {
  const parts = text.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255)) return null;
  return Uint8Array.from(parts, Number);
}

function parseSix(text: string): Address | null {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const four = dotted === null ? null : parseFour(dotted[2]!);
  if (dotted !== null && four === null) return null;
  const plain = four === null ? text : `${dotted![1]}${hex(four[0]!, four[1]!)}:${hex(four[2]!, four[3]!)}`;
  const halves = plain.split("::");
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half) => (half === "" ? [] : half.split(":"))) as [string[], string[] | undefined];
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...Array<string>(tail === undefined ? 0 : missing).fill("0"), ...(tail ?? [])];
  if (groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return null;
  return Uint8Array.from(groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]));
}

const hex = (high: number, low: number) => ((high << 8) | low).toString(16);

export interface Network {
  readonly address: Address;
  /** How many bits of it count. */
  readonly bits: number;
}

/** `10.0.0.0/8`, `fd00::/8`, or one address. @returns null: it is no network */
export function parseNetwork(text: string): Network | null {
  const [written, length] = text.split("/") as [string, string | undefined];
  const address = parseAddress(written);
  if (address === null) return null;
  const most = address.length * 8;
  if (length === undefined) return { address, bits: most };
  return /^\d{1,3}$/.test(length) && Number(length) <= most ? { address, bits: Number(length) } : null;
}

export function isIn(address: Address, network: Network): boolean {
  if (address.length !== network.address.length) return false;
  for (let bit = 0; bit < network.bits; bit += 8) {
    const mask = 0xff & (0xff00 >> Math.min(8, network.bits - bit));
    if (((address[bit >> 3]! ^ network.address[bit >> 3]!) & mask) !== 0) return false;
  }
  return true;
}
