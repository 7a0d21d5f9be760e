/** Checks of what callers of the library give, before anything is made: as strict as those of the command line, with the same bounds. */
import { configError, type IsolateError } from "../model/errors.ts";
import { limits, type LimitKey } from "../model/limits.ts";
import { nearestName } from "../model/nearest.ts";

/** One field of a caller's. @throws IsolateError of kind Config */
export type Check = (value: unknown, name: string) => void;

/** `cannot use -1 as maxCpu: ...` */
export function refused(value: unknown, name: string, reason: string, hint?: string): IsolateError {
  return configError(`cannot use ${shown(value)} as ${name}: ${reason}`, hint);
}

/** A value as people write it, never long. */
function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : typeof value === "bigint" ? `${value}n` : Array.isArray(value) ? "a list" : typeof value === "object" && value !== null ? "an object" : typeof value === "function" ? "a function" : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/**
 * Checks an object field by field. A field that is undefined is left out.
 * @param what names the object in messages: `the options of a run`
 * @throws IsolateError of kind Config; for a name that nobody knows, with the nearest one that is known
 */
export function checkFields(given: unknown, what: string, checks: Readonly<Record<string, Check>>): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw configError(`cannot use ${shown(given)} as ${what}: it must be an object`);
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) throw unknownName(name, what, Object.keys(checks));
    if (value !== undefined) check(value, name);
  }
}

function unknownName(name: string, what: string, known: readonly string[]): IsolateError {
  const plain = (text: string) => text.replaceAll("_", "").toLowerCase();
  const near = known.find((other) => plain(other) === plain(name)) ?? nearestName(name, known);
  return configError(`unknown field '${name}' of ${what}`, near === null ? `the fields are ${known.join(", ")}` : `did you mean '${near}'?`);
}

/** A number within the bounds of a limit, or null where the limit can be lifted. */
export function limit(key: LimitKey): Check {
  const { min, max, unit, canBeUnlimited } = limits[key];
  const range = `${min} to ${max}${unit === "bytes" || unit === "seconds" ? ` ${unit}` : ""}`;
  return (value, name) => {
    if (value === null && canBeUnlimited) return;
    const hint = `${name} takes ${range}${canBeUnlimited ? ", or null for no limit" : ""}`;
    if (value === null) throw refused(value, name, "this limit cannot be lifted", hint);
    numberWithin(min, max, unit !== "seconds", hint)(value, name);
  };
}

export function numberWithin(min: number, max: number, isWhole: boolean, hint = `give ${isWhole ? "a whole number" : "a number"} from ${min} to ${max}`): Check {
  return (value, name) => {
    if (typeof value !== "number" || Number.isNaN(value)) throw refused(value, name, "it must be a number", hint);
    if (value < 0) throw refused(value, name, "it must not be negative", hint);
    if (value === 0 && min > 0) throw refused(value, name, "it must be greater than 0", hint);
    if (value < min || value > max) throw refused(value, name, "it is out of range", hint);
    if (isWhole && !Number.isInteger(value)) throw refused(value, name, "it must be a whole number", hint);
  };
}

export const boolean: Check = (value, name) => {
  if (typeof value !== "boolean") throw refused(value, name, "it must be true or false");
};

export const text: Check = (value, name) => {
  if (typeof value !== "string") throw refused(value, name, "it must be text");
  if (value.includes("\0")) throw refused(value, name, "it contains a NUL byte");
};

export const notEmptyText: Check = (value, name) => {
  text(value, name);
  if (value === "") throw refused(value, name, "it is empty");
};

export const callback: Check = (value, name) => {
  if (typeof value !== "function") throw refused(value, name, "it must be a function");
};

export function oneOf(words: readonly string[]): Check {
  return (value, name) => {
    if (typeof value === "string" && words.includes(value)) return;
    const near = typeof value === "string" ? nearestName(value, words) : null;
    throw refused(value, name, `it must be one of ${words.join(" ")}`, near === null ? undefined : `did you mean '${near}'?`);
  };
}

/** Null, or what another check takes. */
export function orNull(check: Check): Check {
  return (value, name) => {
    if (value !== null) check(value, name);
  };
}

export function listOf(check: Check): Check {
  return (value, name) => {
    if (!Array.isArray(value)) throw refused(value, name, "it must be a list");
    value.forEach((item, index) => check(item, `${name}[${index}]`));
  };
}

/** What another part of the program parses, and says itself what is wrong with it. */
export function parsedBy(parse: (value: string) => unknown): Check {
  return (value, name) => {
    text(value, name);
    parse(value as string);
  };
}
