/** Values of a YAML file. Each is asked for as what it has to be; a mapping remembers what was asked for, and so knows which keys nobody knows. */
import type { YamlDocument } from "../../../language/document.ts";
import type { IsolateError } from "../../../model/errors.ts";
import { nearestName } from "../../../model/nearest.ts";

export type YamlPath = readonly (string | number)[];

/** What a value knows about the file that it is from. */
export interface YamlFile {
  readonly document: YamlDocument;
  readonly error: (path: YamlPath, message: string, ofKey?: boolean) => IsolateError;
  readonly warn: (path: YamlPath, message: string, ofKey?: boolean) => void;
}

/** What a number may be. */
export interface Bounds {
  readonly least?: number;
  readonly most?: number;
  /** Instead of `least`: more than this. */
  readonly above?: number;
}

/** Words that readers of YAML 1.1 take for true and false. */
const flags: Readonly<Record<string, boolean>> = { yes: true, on: true, true: true, no: false, off: false, false: false };

/** Decimal, as the problem package format writes numbers. */
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

export class YamlValue {
  readonly #file: YamlFile;
  readonly path: YamlPath;
  /** Not null, not undefined. */
  readonly value: unknown;

  constructor(file: YamlFile, path: YamlPath, value: unknown) {
    [this.#file, this.path, this.value] = [file, path, value];
  }

  get isMapping(): boolean {
    return typeof this.value === "object" && !Array.isArray(this.value) && !(this.value instanceof Date);
  }

  get isList(): boolean {
    return Array.isArray(this.value);
  }

  /** `throw value.error("must be ...")`, with its place. */
  error(message: string): IsolateError {
    return this.#file.error(this.path, message);
  }

  warn(message: string): void {
    this.#file.warn(this.path, message);
  }

  mapping(): YamlMapping {
    if (!this.isMapping) throw this.error(`must be a mapping, not ${this.#type()}`);
    return new YamlMapping(this.#file, this.path, this.value as Readonly<Record<string, unknown>>);
  }

  /** Its values; those that are empty (`-` alone) are an error. */
  list(): YamlValue[] {
    if (!Array.isArray(this.value)) throw this.error(`must be a list, not ${this.#type()}`);
    return this.value.map((value: unknown, index) => {
      if (value === null || value === undefined) throw this.#file.error([...this.path, index], "is empty");
      return new YamlValue(this.#file, [...this.path, index], value);
    });
  }

  /** A list, or one value in its place. */
  listOrOne(): YamlValue[] {
    return this.isList ? this.list() : [this];
  }

  /** Text as it is written: also a number or a truth value, such as `1e-6` or `007`. */
  text(): string {
    if (typeof this.value === "string") return this.value;
    if (typeof this.value !== "object") return this.#file.document.sourceOf(this.path) ?? String(this.value);
    throw this.error(`must be text, not ${this.#type()}`);
  }

  number({ least, most, above }: Bounds = {}): number {
    const { value } = this;
    const number = typeof value === "number" ? value : typeof value === "string" && decimal.test(value) ? Number(value) : null;
    if (number === null || !Number.isFinite(number)) throw this.error(`must be a number, not ${typeof value === "string" ? JSON.stringify(value) : this.#type()}`);
    if (above !== undefined && !(number > above)) throw this.error(`must be more than ${above}, not ${number}`);
    if (least !== undefined && number < least) throw this.error(`must be at least ${least}, not ${number}`);
    if (most !== undefined && number > most) throw this.error(`must be at most ${most}, not ${number}`);
    return number;
  }

  integer(bounds: Bounds = {}): number {
    const number = this.number(bounds);
    if (!Number.isSafeInteger(number)) throw this.error(`must be a whole number, not ${number}`);
    return number;
  }

  flag(): boolean {
    const known = typeof this.value === "boolean" ? this.value : typeof this.value === "string" ? flags[this.value.toLowerCase()] : undefined;
    if (known === undefined) throw this.error(`must be true or false, not ${typeof this.value === "string" ? JSON.stringify(this.value) : this.#type()}`);
    return known;
  }

  /** One of some words. */
  word<W extends string>(words: readonly W[]): W {
    const text = this.text();
    const found = words.find((word) => word === text);
    if (found === undefined) throw this.error(`must be one of ${words.join(", ")}, not ${JSON.stringify(text)}`);
    return found;
  }

  #type(): string {
    if (this.isList) return "a list";
    if (this.isMapping) return "a mapping";
    return typeof this.value === "number" ? "a number" : typeof this.value === "boolean" ? "a truth value" : "text";
  }
}

export class YamlMapping {
  readonly #file: YamlFile;
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #known = new Set<string>();
  readonly path: YamlPath;

  constructor(file: YamlFile, path: YamlPath, value: Readonly<Record<string, unknown>>) {
    [this.#file, this.path, this.#value] = [file, path, value];
  }

  get keys(): readonly string[] {
    return Object.keys(this.#value);
  }

  /** null when there is no such key, or nothing is behind it. */
  get(key: string): YamlValue | null {
    this.#known.add(key);
    const value = Object.hasOwn(this.#value, key) ? this.#value[key] : null;
    return value === null || value === undefined ? null : new YamlValue(this.#file, [...this.path, key], value);
  }

  has(key: string): boolean {
    return this.get(key) !== null;
  }

  /** Of the mapping at a key; one without keys when there is none. */
  mapping(key: string): YamlMapping {
    return this.get(key)?.mapping() ?? new YamlMapping(this.#file, [...this.path, key], {});
  }

  /** Every key with what is behind it; then all keys are known. */
  entries(): [key: string, value: YamlValue | null][] {
    return this.keys.map((key) => [key, this.get(key)]);
  }

  /** Keys that are allowed and mean nothing to us. */
  ignore(...keys: readonly string[]): void {
    for (const key of keys) this.#known.add(key);
  }

  error(key: string, message: string): IsolateError {
    return this.#file.error([...this.path, key], message, true);
  }

  warn(key: string, message: string): void {
    this.#file.warn([...this.path, key], message, true);
  }

  /** Warns of the keys that nobody asked for. To be called when all that is known was asked for. */
  warnOfUnknownKeys(): void {
    const known = [...this.#known];
    for (const key of this.keys) {
      if (this.#known.has(key)) continue;
      const near = nearestName(key, known);
      this.#file.warn([...this.path, key], near === null ? "unknown key, which is ignored" : `unknown key, which is ignored: did you mean '${near}'?`, true);
    }
  }
}
