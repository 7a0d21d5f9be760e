import { describe, expect, test } from "bun:test";
import { buildEnvironment, defaultPath, searchPath } from "../../../src/model/environment.ts";

describe("the environment of a program", () => {
  test("is PATH, HOME and LANG, and nothing of the caller's", () => {
    expect(buildEnvironment(null, "/box")).toEqual([`PATH=${defaultPath}`, "HOME=/box", "LANG=C.UTF-8"]);
  });

  test("begins with the caller's when that is wanted, and then has nothing else", () => {
    expect(buildEnvironment({ A: "1", B: "2" }, "/box")).toEqual(["A=1", "B=2"]);
  });

  test("takes the later of two values, and keeps the place of the first", () => {
    expect(buildEnvironment({ A: "1", B: "2" }, "/box", [["A", "x"]], [["A", "y"], ["C", "3"]])).toEqual(["A=y", "B=2", "C=3"]);
  });

  test("loses what a later layer removes, and can have it again", () => {
    expect(buildEnvironment({ A: "1", B: "2" }, "/box", [["A", null]])).toEqual(["B=2"]);
    expect(buildEnvironment({ A: "1" }, "/box", [["A", null]], [["A", "2"]])).toEqual(["A=2"]);
    expect(buildEnvironment(null, "/box", [["PATH", null], ["missing", null]])).toEqual(["HOME=/box", "LANG=C.UTF-8"]);
  });

  test("keeps values as they are: empty ones, and with = and line feeds in them", () => {
    expect(buildEnvironment({}, "/box", [["A", ""], ["B", "x=y\n$HOME"]])).toEqual(["A=", "B=x=y\n$HOME"]);
  });

  test("knows names that JavaScript objects have", () => {
    expect(buildEnvironment({}, "/box", [["__proto__", "1"], ["constructor", "2"]])).toEqual(["__proto__=1", "constructor=2"]);
  });
});

describe("a program's name is looked up", () => {
  test("in the PATH that the program will have", () => {
    expect(searchPath(["XPATH=/wrong", "PATH=/opt/bin:/bin", "PATHS=/wrong"])).toBe("/opt/bin:/bin");
  });

  test("in the default PATH when it will have none", () => {
    expect(searchPath(["HOME=/box"])).toBe(defaultPath);
  });
});
