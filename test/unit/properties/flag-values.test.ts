// Values of flags: whatever is typed, it is either exactly well-formed or refused with a typed error.
import { expect } from "bun:test";
import { flagOf, flagsOf, type FlagDefinition } from "../../../src/cli/flags.ts";
import { parseFlagValue, rangeOf } from "../../../src/cli/values.ts";
import { parseConfig } from "../../../src/config/config.ts";
import { boxIdPattern, checkBoxId } from "../../../src/model/box-id.ts";
import { bytesPerMebibyte, msToSeconds, parsePositiveDecimal, parseWholeNumber, secondsToMs } from "../../../src/model/units.ts";
import { awkward, inherited, property, type Random, typed } from "./property.ts";

const numberPieces = [..."0123456789", "0", ".", "-", "+", "e", "x", "_", " ", ",", "\n", "∞", "٣", "１", "Infinity", "NaN", "unlimited", "0x", "1e3"];

/** Mostly a number, often nearly one. */
function numberText(random: Random): string {
  const digits = () => String(random.below(random.pick([10, 1000, 10 ** 6, 2 ** 31, 10 ** 14])));
  return random.pick([
    digits,
    () => `${digits()}.${digits().slice(0, 9)}`,
    () => `${"0".repeat(random.below(4))}${digits()}`,
    () => random.text(numberPieces, 8),
    () => random.pick(["unlimited", "Unlimited", "unlimited ", "", "0", "0.0", "-1", "1.", ".5", "1e3", " 7", "7 ", "1x", "0x10", "999999999999999", "9".repeat(16), ...inherited]),
  ])();
}

property("a number from outside is taken as exactly what its digits say, or refused", 2000, (random) => {
  const text = numberText(random);
  const whole = parseWholeNumber(text);
  if (whole !== null) expect(BigInt(whole)).toBe(BigInt(text));
  const decimal = parsePositiveDecimal(text);
  if (decimal !== null) {
    expect(text).toMatch(/^[0-9]+(\.[0-9]+)?$/);
    expect(decimal).toBeGreaterThan(0);
    // No digit is lost but those that a double cannot hold.
    const [integer = "", fraction = ""] = text.split(".");
    expect(Math.abs(decimal / (Number(BigInt(integer + fraction)) / 10 ** fraction.length) - 1)).toBeLessThan(2 ** -50);
  }
  expect(decimal === null && whole === null).toBe(!/^[0-9]{1,15}(\.[0-9]{1,9})?$/.test(text) || (whole === null && Number(text) === 0));
});

property("seconds never become no time, and come back as they went", 2000, (random) => {
  const seconds = (1 + random.below(2 ** 31)) / random.pick([1, 10, 1000, 10 ** 6, 10 ** 9]);
  const ms = secondsToMs(seconds);
  expect(ms).toBeGreaterThan(0);
  expect(ms).toBeGreaterThanOrEqual(seconds * 1000 - 1e-5);
  expect(ms).toBeLessThan(seconds * 1000 + 1);
  expect(secondsToMs(msToSeconds(ms))).toBe(ms);
});

const initFlags = flagsOf("init").map((name) => [name, flagOf("init", name)] as const);
const flagsOfKind = (...kinds: readonly string[]) => initFlags.filter(([, { kind }]) => kinds.includes(kind)) as (readonly [string, FlagDefinition & { kind: "count" }])[];

property("a limit on the command line is within its range, lifted by its one word, or refused by name", 2000, (random) => {
  const [name, definition] = random.pick(flagsOfKind("seconds", "mebibytes", "count"));
  const range = rangeOf(definition)!;
  const text = numberText(random);
  const { value, error } = typed(() => parseFlagValue(name, definition, text));
  if (error !== null) {
    expect(error.kind).toBe("Config");
    expect(error.message).toContain(`--${name}`);
    return;
  }
  if (value === null) {
    expect([text, range.canBeUnlimited]).toEqual(["unlimited", true]);
    return;
  }
  const inUnit = (value as number) / (definition.kind as string === "mebibytes" ? bytesPerMebibyte : 1);
  expect(inUnit).toBe(Number(text));
  expect(inUnit >= range.min && inUnit <= range.max).toBeTrue();
  expect(parseFlagValue(name, definition, String(inUnit))).toBe(value);
});

property("a list of processors that is taken is in order, is printed as it came, and fits the configuration", 2000, (random) => {
  const [name, definition] = flagsOfKind("cpus")[0]!;
  const text = random.once(2) ? random.list(4, () => random.pick([() => `${random.below(70_000)}`, () => `${random.below(8)}-${random.below(8)}`])()).join(",") : random.text([..."0123-, ", "--", ",,", "a"], 8);
  const { value } = typed(() => parseFlagValue(name, definition, text));
  if (value === null) return;
  expect(value).toBe(text);
  for (const part of text.split(",")) {
    const [first = "", last = first] = part.split("-");
    expect(Number(first)).toBeLessThanOrEqual(Number(last));
  }
  expect(parseConfig({ instance_id: "0", cpus: text }, "configuration").cpus).toBe(text);
});

property("a user id that is taken is never root's, never nobody's at all, and is printed as it came", 2000, (random) => {
  const [name, definition] = random.pick(flagsOfKind("userId"));
  const text = random.pick([() => numberText(random), () => String(2 ** 32 - 3 + random.below(6)), () => "0".repeat(1 + random.below(20))])();
  const { value } = typed(() => parseFlagValue(name, definition, text));
  if (value === null) return;
  expect(Number(value)).toBeWithin(1, 2 ** 32 - 1);
  expect(BigInt(text)).toBe(BigInt(value as number));
});

property("a box id that is taken is one plain name of a directory; every other is refused", 2000, (random) => {
  const text = random.pick([() => random.text(awkward, 6), () => random.text([..."abc019._-"], 70), () => random.pick([".", "..", "", "a/b", "locks", "uids", "instances.json", "a\n", ...inherited])])();
  const { value } = typed(() => checkBoxId(text));
  if (value === null) return;
  expect(value).toBe(text);
  expect(text).toMatch(boxIdPattern);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(64);
  expect([".", "..", "locks", "uids", "instances.json", "instances.lock"]).not.toContain(text);
  expect(text).not.toMatch(/[/\0\n]/);
});

property("any text as the value of any flag is taken or refused with a typed error", 3000, (random) => {
  const [name, definition] = random.pick(initFlags.filter(([, { kind }]) => kind !== "switch"));
  const text = random.once(4) ? random.pick(inherited) : random.text(awkward, 12);
  const { value, error } = typed(() => parseFlagValue(name, definition as FlagDefinition & { kind: "text" }, text));
  if (error !== null) expect(error.exitCode).toBe(64);
  else if (typeof value === "string") expect(value).toBe(text);
});
