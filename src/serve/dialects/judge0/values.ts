/** Values of parameters: JSON has types, forms have texts, and clients send numbers as texts in JSON, too. */
import { decodeLenient } from "./base64.ts";
import type { Parameters } from "./parameters.ts";

/** What is wrong, by field. */
export class FieldErrors {
  readonly #texts: Record<string, string[]> = {};

  add(field: string, text: string): void {
    (this.#texts[field] ??= []).push(text);
  }

  get isEmpty(): boolean {
    return Object.keys(this.#texts).length === 0;
  }

  /** As answers have it. */
  get texts(): Readonly<Record<string, readonly string[]>> {
    return this.#texts;
  }
}

const blank = "can't be blank";
const falseWords = ["false", "0", "f", "off", "no"];

/** What a number may be, both ends included; `above`: the lower one is not. */
export interface Range {
  readonly least: number;
  readonly most: number;
  readonly above?: boolean;
}

/** Reads fields one by one, and gathers what is wrong with them. */
export class FieldReader {
  readonly parameters: Parameters;
  readonly errors: FieldErrors;
  readonly isBase64: boolean;

  constructor(parameters: Parameters, errors: FieldErrors, isBase64: boolean) {
    [this.parameters, this.errors, this.isBase64] = [parameters, errors, isBase64];
  }

  /** null: it is not there, or empty where that means the same. */
  has(field: string): boolean {
    const value = this.parameters[field];
    return value !== undefined && value !== null && value !== "";
  }

  /** @param usual when nothing is said @param isWhole parts of a whole number are cut off */
  number(field: string, usual: number, range: Range, isWhole: boolean): number {
    if (!this.has(field)) return usual;
    const value = this.parameters[field];
    const number = typeof value === "number" ? value : typeof value === "string" && /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value) ? Number(value) : NaN;
    if (!Number.isFinite(number)) this.errors.add(field, "is not a number");
    else if (range.above === true ? number <= range.least : number < range.least) this.errors.add(field, `must be greater than ${range.above === true ? "" : "or equal to "}${range.least}`);
    else if (number > range.most) this.errors.add(field, `must be less than or equal to ${range.most}`);
    else return isWhole ? Math.trunc(number) : number;
    return usual;
  }

  boolean(field: string, usual: boolean): boolean {
    if (!this.has(field)) return usual;
    const value = this.parameters[field];
    if (typeof value === "boolean") return value;
    if (typeof value === "number") return value !== 0;
    if (typeof value === "string") return !falseWords.includes(value.trim().toLowerCase());
    this.errors.add(field, "must be true or false");
    return usual;
  }

  /** Short text that is never encoded. null: there is none, or only blanks. */
  line(field: string, mostCharacters: number): string | null {
    const text = this.#text(field)?.trim() ?? "";
    if (text === "") return null;
    if ([...text].length > mostCharacters) this.errors.add(field, `is too long (maximum is ${mostCharacters} characters)`);
    else if (text.includes("\0")) this.errors.add(field, "must not contain a NUL character");
    return text;
  }

  /** Text that is Base64 when the request says so. null: it is not there. */
  content(field: string): Uint8Array | null {
    const value = this.parameters[field];
    if (value instanceof Uint8Array) return value;
    const text = this.#text(field);
    if (text === null) return null;
    return this.isBase64 ? this.#decoded(field, text) : Buffer.from(text);
  }

  /** What is Base64 always; an uploaded file is as it came. null: it is not there. */
  encoded(field: string): Uint8Array | null {
    const value = this.parameters[field];
    if (value instanceof Uint8Array) return value.length === 0 ? null : value;
    const text = this.#text(field);
    return text === null || text.trim() === "" ? null : this.#decoded(field, text);
  }

  required(field: string, isThere: boolean): void {
    if (!isThere) this.errors.add(field, blank);
  }

  #decoded(field: string, text: string): Uint8Array | null {
    const bytes = decodeLenient(text);
    if (bytes === null) this.errors.add(field, "is not Base64, as the request says it is");
    return bytes;
  }

  #text(field: string): string | null {
    const value = this.parameters[field];
    if (value === undefined || value === null) return null;
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    if (value instanceof Uint8Array) return new TextDecoder().decode(value);
    this.errors.add(field, "must be text");
    return null;
  }
}
