/** Constants of a problem (`{{name}}`), in the texts and files that they are replaced in. */

export type Constants = Readonly<Record<string, string>>;

/** Constants that nobody has defined stay as they are. */
export function withConstants(text: string, constants: Constants | undefined): string {
  if (constants === undefined) return text;
  return text.replace(/\{\{([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)?)\}\}/g, (whole, name: string) => (Object.hasOwn(constants, name) ? constants[name]! : whole));
}

/** The same for the content of a file: byte by byte, so that what is no UTF-8 stays as it is. */
export function bytesWithConstants(bytes: Uint8Array, constants: Constants | undefined): Uint8Array {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (constants === undefined || !content.includes("{{")) return bytes;
  const asBytes = Object.fromEntries(Object.entries(constants).map(([name, value]) => [name, Buffer.from(value).toString("latin1")]));
  return Buffer.from(withConstants(content.toString("latin1"), asBytes), "latin1");
}
