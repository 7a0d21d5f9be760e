import { describe, expect, test } from "bun:test";
import { parseArguments } from "../../../src/cli/args.ts";
import { flagOf, flagsOf, type CommandName, type FlagName } from "../../../src/cli/flags.ts";
import { describeRange, rangeOf } from "../../../src/cli/values.ts";
import { bytesPerMebibyte } from "../../../src/model/units.ts";

const numberFlags = (["init", "run", "execute"] as const).flatMap((command) =>
  flagsOf(command)
    .map((name) => ({ command, name, kind: flagOf(command, name).kind, range: rangeOf(flagOf(command, name)) }))
    .filter((flag): flag is typeof flag & { range: NonNullable<(typeof flag)["range"]> } => flag.range !== null),
);

function parse(command: CommandName, name: FlagName, text: string): unknown {
  const argv = command === "execute" ? ["--source", "a.c", `--${name}=${text}`] : [`--${name}=${text}`];
  return (parseArguments(command, argv)!.flags as Record<string, unknown>)[name];
}

/** Written as people write it, without exponent. */
const plain = (value: number) => value.toLocaleString("en-US", { useGrouping: false, maximumFractionDigits: 9 });

describe.each(numberFlags)("$command --$name", ({ command, name, kind, range }) => {
  const stored = (value: number) => (kind === "mebibytes" ? value * bytesPerMebibyte : value);
  const step = kind === "seconds" ? 0.0001 : 1;

  test("takes the smallest and the largest value", () => {
    expect(parse(command, name, plain(range.min))).toBe(stored(range.min));
    expect(parse(command, name, plain(range.max))).toBe(stored(range.max));
  });

  test("refuses one less and one more", () => {
    expect(() => parse(command, name, plain(range.max + step))).toThrow("it is out of range");
    const below = range.min - step;
    if (below > 0) expect(() => parse(command, name, plain(below))).toThrow("it is out of range");
    else expect(() => parse(command, name, plain(below))).toThrow(below < 0 ? "it must not be negative" : "it must be greater than 0");
  });

  test.each([
    ["1 ", "text follows the number"],
    ["1e3", "text follows the number"],
    ["0x10", "text follows the number"],
    ["1,5", "text follows the number"],
    ["1_000", "text follows the number"],
    ["-1", "it must not be negative"],
    ["-0.5", "it must not be negative"],
    [" 7", "it is not a plain decimal number"],
    ["+7", "it is not a plain decimal number"],
    ["\n7", "it is not a plain decimal number"],
    [".5", "it is not a plain decimal number"],
    ["5.", "it is not a plain decimal number"],
    ["1.2.3", "it is not a plain decimal number"],
    ["NaN", "it is not a plain decimal number"],
    ["Infinity", "it is not a plain decimal number"],
    ["Unlimited", "it is not a plain decimal number"],
    ["unlimited ", "it is not a plain decimal number"],
    ["none", "it is not a plain decimal number"],
    ["٣", "it is not a plain decimal number"],
    ["0.0", "it must be greater than 0"],
    ["-", "it is not a plain decimal number"],
    ["--", "it is not a plain decimal number"],
    ["9999999999999999999999", "it is out of range"],
  ])("refuses %j", (text, reason) => {
    expect(() => parse(command, name, text)).toThrow(`cannot use '${text}' as --${name}: ${reason}`);
  });

  test("refuses the empty text", () => {
    expect(() => parse(command, name, "")).toThrow(`empty value for --${name}`);
  });

  test("refuses 0 unless the limit may be 0", () => {
    if (range.min === 0) expect(parse(command, name, "0")).toBe(0);
    else expect(() => parse(command, name, "0")).toThrow("it must be greater than 0");
  });

  test("takes fractions of seconds and of nothing else", () => {
    if (kind === "seconds") expect(parse(command, name, "1.5")).toBe(1.5);
    else expect(() => parse(command, name, "1.5")).toThrow("it must be a whole number");
  });

  test("takes `unlimited` where the limit can be lifted", () => {
    if (range.canBeUnlimited) expect(parse(command, name, "unlimited")).toBeNull();
    else expect(() => parse(command, name, "unlimited")).toThrow("this limit cannot be lifted");
  });
});

test("the flags that are numbers", () => {
  expect(numberFlags.map(({ command, name, range }) => `${command} --${name} ${describeRange(range)}`)).toMatchInlineSnapshot(`
    [
      "init --memory 1 to 67108864 MB, or unlimited",
      "init --cpu-time 0.001 to 2592000 s, or unlimited",
      "init --wall-time 0.001 to 2592000 s, or unlimited",
      "init --processes 1 to 1000000, or unlimited",
      "init --file-size 1 to 67108864 MB, or unlimited",
      "init --stack 1 to 67108864 MB, or unlimited",
      "init --core 0 to 67108864 MB, or unlimited",
      "init --disk-limit 1 to 67108864 MB, or unlimited",
      "init --quota 1 to 67108864 MB, or unlimited",
      "init --open-files 3 to 1048576",
      "init --output-limit 1 to 1024 MB",
      "run --memory 1 to 67108864 MB, or unlimited",
      "run --cpu-time 0.001 to 2592000 s, or unlimited",
      "run --wall-time 0.001 to 2592000 s, or unlimited",
      "run --processes 1 to 1000000, or unlimited",
      "run --file-size 1 to 67108864 MB, or unlimited",
      "run --stack 1 to 67108864 MB, or unlimited",
      "run --disk-limit 1 to 67108864 MB, or unlimited",
      "run --open-files 3 to 1048576",
      "run --output-limit 1 to 1024 MB",
      "run --repeat 1 to 100000",
      "execute --memory 1 to 67108864 MB, or unlimited",
      "execute --cpu-time 0.001 to 2592000 s, or unlimited",
      "execute --wall-time 0.001 to 2592000 s, or unlimited",
      "execute --processes 1 to 1000000, or unlimited",
      "execute --file-size 1 to 67108864 MB, or unlimited",
      "execute --stack 1 to 67108864 MB, or unlimited",
      "execute --disk-limit 1 to 67108864 MB, or unlimited",
      "execute --open-files 3 to 1048576",
      "execute --output-limit 1 to 1024 MB",
      "execute --repeat 1 to 100000",
    ]
  `);
});

describe("a number with a unit", () => {
  test.each([
    ["init", "memory", "64M", 64 * 2 ** 20],
    ["init", "memory", "64 MiB", 64 * 2 ** 20],
    ["init", "memory", "1.5G", 1.5 * 2 ** 30],
    ["init", "file-size", "500K", 500 * 1024],
    ["init", "file-size", "1B", 1],
    ["run", "memory", "2GB", 2 * 2 ** 30],
    ["init", "cpu-time", "500ms", 0.5],
    ["run", "cpu-time", "2s", 2],
    ["run", "wall-time", "1.5min", 90],
    ["run", "wall-time", "1h", 3600],
    ["batch", "max-line", "64K", null],
    ["batch", "max-line", "2M", 2 * 2 ** 20],
  ] as const)("%s --%s %s", (command, name, text, value) => {
    if (value === null) expect(() => parse(command, name, text)).toThrow("it is out of range");
    else expect(parse(command, name, text)).toBe(value);
  });

  test.each([
    ["init", "memory", "1x", "its unit must be one of B K KB KiB M MB MiB G GB GiB"],
    ["init", "memory", "1.5s", "its unit must be one of B K KB KiB M MB MiB G GB GiB"],
    ["init", "memory", "64m", "its unit must be one of B K KB KiB M MB MiB G GB GiB"],
    ["init", "memory", "100K", "it is out of range"],
    ["init", "memory", "0M", "it must be greater than 0"],
    ["init", "cpu-time", "10MB", "its unit must be one of ms s min h"],
    ["init", "cpu-time", "0.0ms", "it must be greater than 0"],
    ["init", "cpu-time", "1e3s", "text follows the number"],
    ["init", "processes", "4K", "text follows the number"],
  ] as const)("is refused: %s --%s %s, %s", (command, name, text, reason) => {
    expect(() => parse(command, name, text)).toThrow(`cannot use '${text}' as --${name}: ${reason}`);
  });
});
