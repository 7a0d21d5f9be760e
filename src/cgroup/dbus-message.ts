/**
 * Messages of D-Bus, as far as one method call needs them (D-Bus Specification, "Message Format"). Numbers have their low byte first, and every
 * value begins at a multiple of its own alignment, counted from the beginning of the message.
 */

/** Kinds of messages. */
const methodCall = 1;
const methodReturn = 2;
const fault = 3;
/** Codes of the fields of a header. */
const field = { path: 1, interface: 2, member: 3, errorName: 4, replySerial: 5, destination: 6, signature: 8 } as const;
const fixedHeaderBytes = 16;
/** What is not there is not to be started for us. */
const noAutoStart = 2;
/** Version of the protocol. */
const version = 1;

/** Puts values one behind the other. */
export class Marshaller {
  #bytes: number[] = [];

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  align(to: number): this {
    while (this.#bytes.length % to !== 0) this.#bytes.push(0);
    return this;
  }

  byte(value: number): this {
    this.#bytes.push(value);
    return this;
  }

  uint32(value: number): this {
    this.align(4).#bytes.push(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >>> 24) & 0xff);
    return this;
  }

  boolean(value: boolean): this {
    return this.uint32(value ? 1 : 0);
  }

  string(text: string): this {
    const bytes = Buffer.from(text);
    this.uint32(bytes.length).#bytes.push(...bytes, 0);
    return this;
  }

  signature(text: string): this {
    const bytes = Buffer.from(text);
    this.#bytes.push(bytes.length, ...bytes, 0);
    return this;
  }

  /** @param alignment of the elements: what is skipped up to the first one does not count as content */
  array(alignment: number, content: (into: this) => void): this {
    this.uint32(0);
    const at = this.#bytes.length - 4;
    const begin = this.align(alignment).#bytes.length;
    content(this);
    this.#bytes.splice(at, 4, ...new Marshaller().uint32(this.#bytes.length - begin).#bytes);
    return this;
  }

  /** A value that brings its type along. */
  variant(type: string, value: (into: this) => void): this {
    this.signature(type);
    value(this);
    return this;
  }

  raw(bytes: Uint8Array): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }
}

export interface MethodCall {
  /** Not 0; the answer names it. */
  readonly serial: number;
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** Types of the body; empty without one. */
  readonly signature: string;
  readonly body: Uint8Array;
}

export function marshalCall(call: MethodCall): Uint8Array {
  const message = new Marshaller().byte("l".charCodeAt(0)).byte(methodCall).byte(noAutoStart).byte(version).uint32(call.body.length).uint32(call.serial);
  const header = (code: number, type: "o" | "s", text: string) => message.align(8).byte(code).variant(type, (into) => into.string(text));
  message.array(8, () => {
    header(field.path, "o", call.path);
    header(field.member, "s", call.member);
    header(field.interface, "s", call.interface);
    header(field.destination, "s", call.destination);
    if (call.signature !== "") message.align(8).byte(field.signature).variant("g", (into) => into.signature(call.signature));
  });
  return message.align(8).raw(call.body).bytes;
}

/** What comes back. */
export interface Reply {
  readonly kind: "return" | "error" | "other";
  /** The serial of the call that it answers; null: none. */
  readonly to: number | null;
  /** Name and text of an error; null for anything else. */
  readonly error: string | null;
}

/**
 * Takes the first message off what was received.
 * @returns null when it is not complete yet
 * @throws RangeError for what is no message that we could read
 */
export function takeReply(bytes: Uint8Array): { readonly reply: Reply; readonly rest: Uint8Array } | null {
  if (bytes.length < fixedHeaderBytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] !== "l".charCodeAt(0) || bytes[3] !== version) throw new RangeError("not a message of D-Bus in our byte order");
  const fieldsEnd = fixedHeaderBytes + view.getUint32(12, true);
  const bodyAt = Math.ceil(fieldsEnd / 8) * 8;
  const end = bodyAt + view.getUint32(4, true);
  if (bytes.length < end) return null;
  const reader = new Reader(view);
  const values = new Map<number, string | number>();
  for (let at = fixedHeaderBytes; at < fieldsEnd; at = reader.at) {
    reader.at = Math.ceil(at / 8) * 8;
    const code = reader.byte();
    values.set(code, reader.value(reader.signature()));
  }
  const to = values.get(field.replySerial);
  const kind = bytes[1] === methodReturn ? "return" : bytes[1] === fault ? "error" : "other";
  reader.at = bodyAt;
  const text = kind === "error" && String(values.get(field.signature) ?? "").startsWith("s") ? `: ${reader.value("s")}` : "";
  return {
    reply: { kind, to: typeof to === "number" ? to : null, error: kind === "error" ? `${values.get(field.errorName) ?? "unknown error"}${text}` : null },
    rest: bytes.subarray(end),
  };
}

class Reader {
  readonly #view: DataView;
  at = 0;

  constructor(view: DataView) {
    this.#view = view;
  }

  byte(): number {
    return this.#view.getUint8(this.at++);
  }

  #uint32(): number {
    this.at = Math.ceil(this.at / 4) * 4 + 4;
    return this.#view.getUint32(this.at - 4, true);
  }

  #text(length: number): string {
    const begin = this.#view.byteOffset + this.at;
    this.at += length + 1;
    if (this.at > this.#view.byteLength) throw new RangeError("a text is longer than its message");
    return Buffer.from(this.#view.buffer, begin, length).toString();
  }

  signature(): string {
    return this.#text(this.byte());
  }

  /** The types that fields of a header have. */
  value(type: string): string | number {
    switch (type) {
      case "s":
      case "o": return this.#text(this.#uint32());
      case "g": return this.signature();
      case "u": return this.#uint32();
      default: throw new RangeError(`a field of a message has the type '${type}'`);
    }
  }
}
