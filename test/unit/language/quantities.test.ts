import { describe, expect, test } from "bun:test";
import { nearestName } from "../../../src/model/nearest.ts";
import { parseSize, parseTime } from "../../../src/language/quantities.ts";

describe("parseSize", () => {
  test.each([
    { value: 512, bytes: 512 * 2 ** 20 },
    { value: 0.5, bytes: 2 ** 19 },
    { value: "512MiB", bytes: 512 * 2 ** 20 },
    { value: "512 MB", bytes: 512 * 2 ** 20 },
    { value: "1.5G", bytes: 1.5 * 2 ** 30 },
    { value: "2GiB", bytes: 2 ** 31 },
    { value: "64KB", bytes: 65536 },
    { value: "100B", bytes: 100 },
  ])("$value is $bytes bytes", ({ value, bytes }) => {
    expect(parseSize(value)).toBe(bytes);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, "", "512", "0MB", "-1MB", "1e3MB", "1 0MB", " 1MB", "1mb", "1Mb", "1x", "MB", "1s", "1.MB", "unlimited"])(
    "%p is no size",
    (value) => {
      expect(parseSize(value)).toBeNull();
    },
  );
});

describe("parseTime", () => {
  test.each([
    { value: 10, seconds: 10 },
    { value: 0.25, seconds: 0.25 },
    { value: "500ms", seconds: 0.5 },
    { value: "30s", seconds: 30 },
    { value: "1.5 s", seconds: 1.5 },
    { value: "2min", seconds: 120 },
    { value: "0.1h", seconds: 360 },
  ])("$value is $seconds seconds", ({ value, seconds }) => {
    expect(parseTime(value)).toBe(seconds);
  });

  test.each([0, -1, "", "30", "0s", "-1s", "1S", "1m", "1MB", "s", "1s2", "constructor", "1toString"])("%p is no time", (value) => {
    expect(parseTime(value)).toBeNull();
  });
});

describe("nearestName", () => {
  test.each([
    { name: "memroy", near: "memory" },
    { name: "memry", near: "memory" },
    { name: "comand", near: "command" },
    { name: "artifacts", near: "artefacts" },
    { name: "id", near: "id" },
    { name: "xyz", near: null },
    { name: "", near: null },
    { name: "m".repeat(1000), near: null },
  ])("$name: $near", ({ name, near }) => {
    expect(nearestName(name, ["memory", "command", "artefacts", "id"])).toBe(near);
  });
});
