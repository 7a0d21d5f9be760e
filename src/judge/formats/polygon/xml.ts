/**
 * XML as problem packages have it: elements, attributes, text, comments, CDATA. What could reach beyond the file, or make much of little, is no part
 * of it: document types, and entities but the five that XML has itself. Mistakes are errors with their places.
 */
import { formatProblem } from "../../../language/problem-line.ts";
import { configError, type IsolateError } from "../../../model/errors.ts";
import { type XmlAttributes, XmlElement, type XmlFile } from "./xml-element.ts";

/** Elements within elements. Those of packages are eight deep. */
const deepest = 64;
const nameStart = "A-Za-z_:\\u{80}-\\u{10ffff}";
const patterns = {
  space: /[ \t\r\n]*/y,
  name: new RegExp(`[${nameStart}][${nameStart}0-9.-]*`, "uy"),
  value: /"([^"<]*)"|'([^'<]*)'/y,
  text: /[^<]+/y,
  reference: /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]+));|&/g,
} as const;
const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
/** Characters that XML 1.0 does not allow. */
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/**
 * @param shown the file, as people read it
 * @param warn for {@link XmlElement.warn}
 * @throws IsolateError of kind Config: this is no such XML, with line and column
 */
export function readXml(text: string, shown: string, warn: (message: string) => void): XmlElement {
  return new Reader(text, shown, warn).document();
}

class Reader {
  readonly #text: string;
  readonly #file: XmlFile;
  #at = 0;

  constructor(text: string, shown: string, warn: (message: string) => void) {
    this.#text = text;
    const line = (at: number, path: string, message: string) => formatProblem(shown, { ...placeIn(text, at), path, message });
    this.#file = { error: (at, path, message) => configError(line(at, path, message)), warn: (at, path, message) => warn(line(at, path, message)) };
  }

  document(): XmlElement {
    const wrong = forbidden.exec(this.#text);
    if (wrong !== null) throw this.#error(`the character U+${wrong[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")} cannot be in XML`, wrong.index);
    if (this.#text.startsWith("\ufeff")) this.#at = 1;
    this.#declaration();
    this.#between();
    if (!this.#is("<")) throw this.#error(this.#at === this.#text.length ? "there is no element in it" : "the first element must be here, not text");
    const root = this.#element([]);
    this.#between();
    if (this.#at < this.#text.length) throw this.#error("nothing may follow the first element");
    return root;
  }

  #declaration(): void {
    if (!this.#text.startsWith("<?xml", this.#at) || !/[ \t\r\n]/.test(this.#text[this.#at + 5] ?? "")) return;
    const end = this.#past("?>", "the XML declaration has no end");
    const encoding = /\sencoding\s*=\s*["']([^"']*)["']/.exec(this.#text.slice(0, end))?.[1];
    if (encoding !== undefined && !/^(utf-?8|us-ascii|ascii)$/i.test(encoding)) throw this.#error(`the encoding is ${encoding}, and UTF-8 is read`, 0);
  }

  /** Blanks, comments and instructions, where no text may be. */
  #between(): void {
    for (this.#take(patterns.space); this.#skip(); this.#take(patterns.space));
  }

  /** One comment or instruction. @returns false when there is none */
  #skip(): boolean {
    if (this.#is("<!--")) this.#past("-->", "the comment has no end");
    else if (this.#is("<?")) this.#past("?>", "the instruction has no end");
    else if (this.#is("<!DOCTYPE")) throw this.#error("document types are not read");
    else return false;
    return true;
  }

  /** At its `<`. */
  #element(above: readonly string[]): XmlElement {
    const at = this.#at++;
    const name = this.#name("the name of an element");
    if (above.length >= deepest) throw this.#error(`more than ${deepest} elements are within each other`, at);
    const attributes = this.#attributes(name);
    if (this.#is("/>")) {
      this.#at += 2;
      return new XmlElement(this.#file, at, above, name, attributes, [], "");
    }
    this.#expect(">", `the tag <${name}> has no end`, at);
    const children: XmlElement[] = [];
    const text = this.#content([...above, name], at, children);
    return new XmlElement(this.#file, at, above, name, attributes, children, text.trim());
  }

  #attributes(element: string): XmlAttributes {
    const found = Object.create(null) as Record<string, string>;
    for (;;) {
      const blank = this.#take(patterns.space);
      if (this.#is(">") || this.#is("/>") || this.#at >= this.#text.length) return found;
      if (blank === "") throw this.#error(`a blank or > must be here, in the tag <${element}>`);
      const at = this.#at;
      const name = this.#name("the name of an attribute");
      this.#take(patterns.space);
      this.#expect("=", `the attribute ${name} has no value`, at);
      this.#take(patterns.space);
      const start = this.#at;
      patterns.value.lastIndex = start;
      const match = patterns.value.exec(this.#text);
      if (match === null) throw this.#error(`the value of ${name} must be in quotation marks, without <`);
      this.#at = patterns.value.lastIndex;
      if (found[name] !== undefined) throw this.#error(`the attribute ${name} is there twice`, at);
      found[name] = this.#resolved((match[1] ?? match[2])!.replace(/\r\n|[\t\r\n]/g, " "), start + 1);
    }
  }

  /** Up to the end of an element. @returns its text */
  #content(path: readonly string[], opened: number, children: XmlElement[]): string {
    const name = path.at(-1)!;
    const texts: string[] = [];
    for (;;) {
      const start = this.#at;
      const text = this.#take(patterns.text);
      if (text !== "") texts.push(this.#resolved(text.replace(/\r\n?/g, "\n"), start));
      if (this.#at >= this.#text.length) throw this.#error(`the element <${name}> has no end`, opened);
      if (this.#is("</")) {
        this.#end(name, opened);
        return texts.join("");
      }
      if (this.#is("<![CDATA[")) {
        const end = this.#past("]]>", "the CDATA has no end");
        texts.push(this.#text.slice(start + text.length + "<![CDATA[".length, end - "]]>".length));
      } else if (!this.#skip()) children.push(this.#element(path));
    }
  }

  #end(name: string, opened: number): void {
    const at = this.#at;
    this.#at += 2;
    const found = this.#name("the name of an element");
    if (found !== name) throw this.#error(`</${found}> ends nothing: <${name}> of line ${placeIn(this.#text, opened).line} is open`, at);
    this.#take(patterns.space);
    this.#expect(">", `the tag </${name}> has no end`, at);
  }

  #name(what: string): string {
    const name = this.#take(patterns.name);
    if (name === "") throw this.#error(`${what} must be here`);
    return name;
  }

  #resolved(text: string, at: number): string {
    if (!text.includes("&")) return text;
    return text.replace(patterns.reference, (written: string, decimal?: string, hex?: string, name?: string) => {
      const code = decimal !== undefined ? Number(decimal) : hex !== undefined ? parseInt(hex, 16) : null;
      const found = code === null ? (name !== undefined && Object.hasOwn(entities, name) ? entities[name] : undefined) : isCharacter(code) ? String.fromCodePoint(code) : undefined;
      if (found === undefined) throw this.#error(written === "&" ? "& must be written as &amp;" : `${written} is none of the references that are read (&lt; &gt; &amp; &quot; &apos; &#9;)`, at);
      return found;
    });
  }

  #is(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #expect(text: string, otherwise: string, at: number): void {
    if (!this.#is(text)) throw this.#error(otherwise, at);
    this.#at += text.length;
  }

  /** Goes on behind the next such text. @returns where that is */
  #past(text: string, otherwise: string): number {
    const end = this.#text.indexOf(text, this.#at);
    if (end < 0) throw this.#error(otherwise);
    return (this.#at = end + text.length);
  }

  #error(message: string, at = this.#at): IsolateError {
    return this.#file.error(at, "", message);
  }
}

const isCharacter = (code: number) => code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) && !forbidden.test(String.fromCodePoint(code));

function placeIn(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: at - start + 1 };
}
