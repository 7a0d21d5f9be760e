/** An element of an XML file. It is asked for what has to be in it, and errors have its place. */
import type { IsolateError } from "../../../model/errors.ts";
import { nearestName } from "../../../model/nearest.ts";

/** What an element knows about the file that it is from. `path`: names of elements, joined by points. */
export interface XmlFile {
  readonly error: (at: number, path: string, message: string) => IsolateError;
  readonly warn: (at: number, path: string, message: string) => void;
}

/** Without a prototype: names of attributes may be those of its methods. */
export type XmlAttributes = Readonly<Record<string, string>>;

export class XmlElement {
  readonly #file: XmlFile;
  readonly #at: number;
  /** Names of the elements that it is in; the same array for all that are in one. */
  readonly #above: readonly string[];
  readonly name: string;
  readonly #attributes: XmlAttributes;
  readonly children: readonly XmlElement[];
  /** What is directly in it, without the text of its children and without blanks around it. */
  readonly text: string;

  constructor(file: XmlFile, at: number, above: readonly string[], name: string, attributes: XmlAttributes, children: readonly XmlElement[], text: string) {
    this.#file = file;
    this.#at = at;
    this.#above = above;
    this.name = name;
    this.#attributes = attributes;
    this.children = children;
    this.text = text;
  }

  /** Without the first element, which all are in. */
  get #path(): string {
    return [...this.#above, this.name].slice(1).join(".");
  }

  /** null when there is none, or nothing in it. */
  attribute(name: string): string | null {
    const value = this.#attributes[name]?.trim() ?? "";
    return value === "" ? null : value;
  }

  all(name: string): readonly XmlElement[] {
    return this.children.filter((child) => child.name === name);
  }

  /** The one child of that name; null when there is none. @throws IsolateError of kind Config: there are several */
  child(name: string): XmlElement | null {
    const [first, second] = this.all(name);
    if (second !== undefined) throw second.error(`there is another <${name}> before it`);
    return first ?? null;
  }

  /** @throws IsolateError of kind Config: there is no such child, or several */
  only(name: string): XmlElement {
    const child = this.child(name);
    if (child === null) throw this.error(`has no <${name}>`);
    return child;
  }

  /** @throws IsolateError of kind Config: there is no such attribute, or nothing in it */
  required(name: string): string {
    const value = this.attribute(name);
    if (value === null) throw this.error(`has no attribute ${name}`);
    return value;
  }

  /** A number in an attribute; null when there is none. @throws IsolateError of kind Config: it is none, or negative */
  points(name: string): number | null {
    const value = this.attribute(name);
    if (value === null) return null;
    if (!/^\d+(\.\d*)?$|^\.\d+$/.test(value)) throw this.error(`${name} must be a number from 0 on, not ${JSON.stringify(value)}`);
    return Number(value);
  }

  /** Its text as a whole number. @throws IsolateError of kind Config: it is none, or less than `least` */
  integer(least: number): number {
    if (!/^\d+$/.test(this.text)) throw this.error(`must be a whole number, not ${JSON.stringify(this.text.slice(0, 40))}`);
    const number = Number(this.text);
    if (!Number.isSafeInteger(number) || number < least) throw this.error(`must be at least ${least}, not ${this.text.slice(0, 40)}`);
    return number;
  }

  /** `throw element.error("must be ...")`, with its place. */
  error(message: string): IsolateError {
    return this.#file.error(this.#at, this.#path, message);
  }

  warn(message: string): void {
    this.#file.warn(this.#at, this.#path, message);
  }

  /**
   * Warns of attributes and children whose names are near to known ones. Others are of no interest: there are many that do not matter to a judge,
   * and the format has no specification that has them all.
   */
  warnOfMisspelled(attributes: readonly string[], children: readonly string[] = []): void {
    const check = (kind: string, names: Iterable<string>, known: readonly string[]) => {
      for (const name of new Set(names)) {
        const near = known.includes(name) ? null : nearestName(name, known);
        if (near !== null) this.warn(`unknown ${kind} ${name}, which is ignored: did you mean '${near}'?`);
      }
    };
    check("attribute", Object.keys(this.#attributes), attributes);
    check("element", this.children.map(({ name }) => name), children);
  }
}
