/** The plugins as tests and documents need them: their languages, what they are brought by on Debian, what cannot be had there. */
import { existsSync } from "node:fs";
import { builtInDefinitions } from "../../src/language/builtin.ts";
import { mergePack, writtenLanguages } from "../../src/language/extend.ts";
import type { Language } from "../../src/language/language.ts";
import { normalizeLanguage } from "../../src/language/normalize.ts";
import { loadPlugin } from "../../src/language/plugins.ts";
import { plainPath } from "./binary.ts";

/** The languages of a plugin, in the order of its file. */
export function pluginLanguages(name: string): readonly Language[] {
  const { languages } = mergePack(writtenLanguages(loadPlugin(name)!), name, builtInDefinitions());
  return languages.map((language) => normalizeLanguage(language, 1)).filter(({ hidden }) => !hidden);
}

/** Debian's package of each compiler and runtime that the plugins name; `.ci/run` installs them. */
export const debianPackages: Readonly<Record<string, readonly string[]>> = {
  "/usr/bin/g++": ["g++"],
  "/usr/bin/gcc": ["gcc", "libc6-dev"],
  "/usr/bin/go": ["golang-go"],
  "/usr/bin/java": ["default-jdk-headless"],
  "/usr/bin/javac": ["default-jdk-headless"],
  "/usr/bin/python3": ["python3"],
  "/usr/bin/rustc": ["rustc"],
  "/bin/sh": [],
  cat: [],
  cobc: ["gnucobol"],
  fpc: ["fp-compiler"],
  gfortran: ["gfortran"],
  ghc: ["ghc"],
  java: ["default-jdk-headless"],
  kotlin: ["kotlin"],
  kotlinc: ["kotlin"],
  ldc2: ["ldc"],
  "lua5.4": ["lua5.4"],
  mcs: ["mono-mcs"],
  mono: ["mono-runtime"],
  nasm: ["nasm", "binutils"],
  ocamlopt: ["ocaml-nox"],
  "octave-cli": ["octave"],
  perl: ["perl"],
  php: ["php-cli"],
  pypy3: ["pypy3"],
  Rscript: ["r-base-core"],
  ruby: ["ruby"],
  sbcl: ["sbcl"],
  scala: ["scala"],
  scalac: ["scala"],
  sqlite3: ["sqlite3"],
  swipl: ["swi-prolog-nox"],
  tsc: ["node-typescript"],
};

/** What brings a program that Debian 12 has no package of; the tests are skipped where it is not there. */
export const notOfDebian: Readonly<Record<string, { readonly from: string; readonly triedHere: boolean }>> = {
  // npm is what installs this project.
  node: { from: "Node.js", triedHere: true },
  bun: { from: "Bun (this project's own in the tests)", triedHere: true },
  julia: { from: "julialang.org", triedHere: false },
};

/** The compilers and runtimes that a language names, without those that it makes itself. */
export function programsOf({ toolchain, compile, run }: Language): readonly string[] {
  const words = [toolchain?.command[0], compile?.command[0], run.command[0]];
  return [...new Set(words.filter((word) => word !== undefined && !word.includes("{")))] as string[];
}

/** Whether the tests run a language's programs on Debian 12, and not only check its definition. */
export function isTriedHere(language: Language): boolean {
  return programsOf(language).every((program) => notOfDebian[program]?.triedHere ?? true);
}

/** Where boxes find a program; null: they do not. */
export function whereIs(program: string): string | null {
  if (program.startsWith("/")) return existsSync(program) ? program : null;
  return plainPath.split(":").map((directory) => `${directory}/${program}`).find((path) => existsSync(path)) ?? null;
}
