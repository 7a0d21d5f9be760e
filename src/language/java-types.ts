/** The types of a Java source that stand at its top, and the main methods that they have themselves. Pure; reads tokens once, from left to right. */
import { javaTokens } from "./java-tokens.ts";

/**
 * How a type can be started: `classic` by every version of Java, which is `public static void main(String[])`; `lenient` from Java 25 on, where main may lack
 * public, static or its parameter.
 */
export type JavaMain = "classic" | "lenient" | null;

export interface JavaType {
  readonly name: string;
  readonly isPublic: boolean;
  /** The class that it extends, without package; null: none is named. */
  readonly superclass: string | null;
  readonly main: JavaMain;
}

export interface JavaSource {
  readonly package: string | null;
  readonly types: readonly JavaType[];
  /** A main outside of any type: the file itself is a class (Java 25). */
  readonly hasOwnMain: boolean;
}

/** Of main: its annotations may have more, and are then left to the compiler. */
const mostParameterTokens = 200;

const modifiers = new Set(["public", "protected", "private", "static", "final", "abstract", "synchronized", "strictfp", "native", "default", "sealed", "transient", "volatile"]);

/** Reads a source. What does not follow the grammar is passed over: the compiler says what is wrong with it. */
export function readJava(source: string): JavaSource {
  const reader = new Reader(javaTokens(source));
  const types: JavaType[] = [];
  const packageName = reader.packageName();
  const main = reader.body(false, (type) => types.push(type));
  return { package: packageName, types, hasOwnMain: main !== null };
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  #peek(ahead = 0): string {
    return this.#tokens[this.#at + ahead] ?? "";
  }

  get #isEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** `package a . b ;` at the beginning, after annotations. */
  packageName(): string | null {
    const begin = this.#at;
    while (this.#peek() === "@" && this.#peek(1) !== "interface") this.#annotation();
    if (this.#peek() !== "package") {
      this.#at = begin;
      return null;
    }
    this.#at++;
    const parts: string[] = [];
    while (this.#peek() === "." || isName(this.#peek())) parts.push(this.#tokens[this.#at++]!);
    return this.#peek() === ";" ? parts.join("") : null;
  }

  /**
   * The members of a type up to its closing brace, or those of the file.
   * @param found told of the types that are members; left out: they are passed over
   * @returns the best main among the members
   */
  body(isInterface: boolean, found: ((type: JavaType) => void) | null): JavaMain {
    let best: JavaMain = null;
    let seen = new Set<string>();
    while (!this.#isEnd) {
      const token = this.#peek();
      if (token === "@" && this.#peek(1) !== "interface") {
        this.#annotation();
        continue;
      }
      if (modifiers.has(token) || (token === "non" && this.#peek(1) === "-" && this.#peek(2) === "sealed")) {
        seen.add(token);
        this.#at += token === "non" ? 3 : 1;
        continue;
      }
      if (token === "<") {
        this.#skip("<", ">");
        continue;
      }
      if (token === "}") {
        this.#at++;
        // One too many at the top of the file closes nothing.
        if (found === null) return best;
      } else if (this.#isType()) {
        this.#type(seen.has("public"), found);
      } else if (token === "void" && this.#peek(1) === "main" && this.#peek(2) === "(") {
        this.#at += 2;
        const begin = this.#at;
        this.#skip("(", ")");
        best = better(best, kindOfMain(seen, isInterface, this.#tokens.slice(begin + 1, this.#at - 1)));
        this.#member();
      } else {
        this.#member();
      }
      seen = new Set();
    }
    return best;
  }

  #isType(): boolean {
    const [token, next, after] = [this.#peek(), this.#peek(1), this.#peek(2)];
    if (token === "@") return next === "interface";
    if (token === "record") return isName(next) && (after === "(" || after === "<");
    return (token === "class" || token === "interface" || token === "enum") && isName(next);
  }

  /** A declaration with its body. */
  #type(isPublic: boolean, found: ((type: JavaType) => void) | null): void {
    if (this.#peek() === "@") this.#at++;
    const kind = this.#tokens[this.#at++]!;
    const name = this.#tokens[this.#at++] ?? "";
    let superclass: string | null = null;
    while (!this.#isEnd && this.#peek() !== "{" && this.#peek() !== "}" && this.#peek() !== ";") {
      const token = this.#peek();
      if (token === "(") this.#skip("(", ")");
      else if (token === "<") this.#skip("<", ">");
      else if (token === "extends" && kind === "class") {
        this.#at++;
        superclass = this.#qualifiedName();
      } else this.#at++;
    }
    if (this.#peek() !== "{") return;
    if (found === null) return this.#skip("{", "}");
    this.#at++;
    const main = this.body(kind === "interface", null);
    if (isName(name)) found({ name, isPublic, superclass, main });
  }

  /** The last part of `a.b.C`. */
  #qualifiedName(): string | null {
    let last: string | null = null;
    while (isName(this.#peek()) || this.#peek() === "." || this.#peek() === "@") {
      if (this.#peek() === "@") this.#annotation();
      else {
        if (this.#peek() !== ".") last = this.#peek();
        this.#at++;
      }
      if (this.#peek() === "implements" || this.#peek() === "permits") break;
    }
    return last;
  }

  /** Up to the end of a member that is no type: a semicolon or a block. The block of a field's value is taken for its end, and its rest for another member. */
  #member(): void {
    while (!this.#isEnd) {
      const token = this.#peek();
      if (token === "}") return;
      if (token === "(") this.#skip("(", ")");
      else if (token === "{") return this.#skip("{", "}");
      else {
        this.#at++;
        if (token === ";") return;
      }
    }
  }

  /** `@a.B` and what is in brackets after it. */
  #annotation(): void {
    this.#at++;
    while (isName(this.#peek()) && this.#peek(1) === ".") this.#at += 2;
    if (isName(this.#peek())) this.#at++;
    if (this.#peek() === "(") this.#skip("(", ")");
  }

  /** From an opening sign behind its closing one, or to the end. Of `<` only what can be a list of types. */
  #skip(open: string, close: string): void {
    let depth = 0;
    while (!this.#isEnd) {
      const token = this.#peek();
      if (open === "<" && (token === ";" || token === "{" || token === "}")) return;
      this.#at++;
      if (token === open) depth++;
      else if (token === close && --depth === 0) return;
    }
  }
}

function isName(token: string): boolean {
  return /^[\p{ID_Start}$_]/u.test(token);
}

function better(one: JavaMain, other: JavaMain): JavaMain {
  return one === "classic" || other === null ? one : other;
}

/** @param parameters the tokens between the brackets */
function kindOfMain(seen: ReadonlySet<string>, isInterface: boolean, parameters: readonly string[]): JavaMain {
  if (seen.has("private") || seen.has("abstract") || seen.has("native")) return null;
  const takesStrings = isStrings(parameters);
  if (!takesStrings && parameters.length > 0) return null;
  const isPublic = seen.has("public") || (isInterface && !seen.has("protected"));
  return takesStrings && isPublic && seen.has("static") ? "classic" : "lenient";
}

/** `String[] a`, `final String... a`, `@A java.lang.String a[]`. */
function isStrings(parameters: readonly string[]): boolean {
  if (parameters.length > mostParameterTokens) return false;
  const text = parameters.filter((token) => token !== "final").join(" ").replaceAll(/@ [\p{ID_Continue}$]+(?: \. [\p{ID_Continue}$]+)*(?: \([^()]*\))? ?/gu, "");
  return /^(?:java \. lang \. )?String (?:\[ \] [\p{ID_Continue}$]+|\.\.\. [\p{ID_Continue}$]+|[\p{ID_Continue}$]+ \[ \])$/u.test(text);
}
