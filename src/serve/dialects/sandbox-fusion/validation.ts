/** What is wrong with a request, in the form that FastAPI gives to it. */
import { HttpFault } from "../../http/dialect.ts";

export interface FieldError {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

/** More help nobody, and each is told with the value that is wrong. */
const mostErrors = 20;

/** The mistakes of a request. */
export class InvalidRequest extends HttpFault {
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    super(422, "invalid-request", errors.map(({ loc, msg }) => `${loc.join(".")}: ${msg}`).join("; "));
    this.errors = errors;
  }
}

/** Reads fields one by one and collects what is wrong. Numbers may come as text, as they may there. */
export class FieldReader {
  readonly #body: Readonly<Record<string, unknown>>;
  readonly errors: FieldError[] = [];

  constructor(body: Readonly<Record<string, unknown>>) {
    this.#body = body;
  }

  report(type: string, loc: readonly (string | number)[], msg: string, input: unknown, ctx?: Readonly<Record<string, unknown>>): void {
    if (this.errors.length < mostErrors) this.errors.push({ type, loc: ["body", ...loc], msg, input, ...(ctx === undefined ? {} : { ctx }) });
  }

  /** @returns "" when it is wrong */
  text(name: string): string {
    const value = this.#body[name];
    if (typeof value === "string") return value;
    if (value === undefined) this.report("missing", [name], "Field required", this.#body);
    else this.report("string_type", [name], "Input should be a valid string", value);
    return "";
  }

  optionalText(name: string): string {
    const value = this.#body[name];
    return value === undefined || value === null ? "" : this.text(name);
  }

  number(name: string, usual: number): number {
    const value = this.#body[name];
    if (value === undefined) return usual;
    if (typeof value === "number") return value;
    if (typeof value === "boolean") return Number(value);
    if (typeof value !== "string") this.report("float_type", [name], "Input should be a valid number", value);
    else if (/^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(value)) return Number(value);
    else this.report("float_parsing", [name], "Input should be a valid number, unable to parse string as a number", value);
    return usual;
  }

  integer(name: string, usual: number): number {
    const before = this.errors.length;
    const value = this.number(name, usual);
    const written = this.#body[name];
    if (this.errors.length > before) {
      const [type, msg] = typeof written === "string" ? ["int_parsing", "Input should be a valid integer, unable to parse string as an integer"] : ["int_type", "Input should be a valid integer"];
      this.errors.splice(before, 1, { ...this.errors[before]!, type: type!, msg: msg! });
    } else if (!Number.isInteger(value)) {
      this.report("int_from_float", [name], "Input should be a valid integer, got a number with a fractional part", written);
      return usual;
    }
    return value;
  }

  /** Null values are left out. */
  textsByName(name: string): readonly (readonly [name: string, text: string])[] {
    const value = this.#body[name];
    if (value === undefined) return [];
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.report("dict_type", [name], "Input should be a valid dictionary", value);
      return [];
    }
    return Object.entries(value as Record<string, unknown>).flatMap(([key, text]): [string, string][] => {
      if (text === null) return [];
      if (typeof text === "string") return [[key, text]];
      this.report("string_type", [name, key], "Input should be a valid string", text);
      return [];
    });
  }

  texts(name: string): readonly string[] {
    const value = this.#body[name];
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.report("list_type", [name], "Input should be a valid list", value);
      return [];
    }
    return value.flatMap((text: unknown, index) => {
      if (typeof text === "string") return [text];
      this.report("string_type", [name, index], "Input should be a valid string", text);
      return [];
    });
  }
}
