/** Programs of the jury, and checkers. */

/**
 * A program of the jury's: a source, or a directory with sources, or with `build` and `run`. A file without an extension that begins like an
 * executable (ELF, `#!`) is executed as it is, even when its mode does not allow it (CMS keeps compiled checkers and managers).
 */
export interface Program {
  /** A file or a directory. */
  readonly path: string;
  /** Language id; null: by extension, or by the files in the directory. */
  readonly language: string | null;
  /** Files and directories that lie beside it when it is compiled, such as testlib.h. */
  readonly added: readonly string[];
  /** Packs that its language is looked for in. */
  readonly packs: readonly string[];
  /** The package, which no link may lead out of; left out or null: the directory that it lies in. */
  readonly root?: string | null;
}

/**
 * Checkers that are built in.
 * `default`: the default output validator of the problem package format, with the flags of {@link Test.checkerArgs}.
 * `white-diff`: lines of words, as CMS compares. `lines`: lines without trailing blanks, and without empty lines at the end (Hydro's default).
 * `exact`: byte by byte but for CR before LF (Hydro's strict). The others have the names and the rules of the checkers that come with testlib.
 */
export const builtInCheckers = ["default", "white-diff", "lines", "exact", "wcmp", "lcmp", "fcmp", "hcmp", "icmp", "ncmp", "nyesno", "yesno", "rcmp", "rcmp4", "rcmp6", "rcmp9", "rncmp", "acmp", "dcmp", "uncmp", "caseicmp", "casencmp", "casewcmp"] as const;
export type BuiltInChecker = (typeof builtInCheckers)[number];

/** How a checker is asked, and how it answers. */
export const checkerProtocols = ["kattis", "domjudge", "testlib", "cms", "syzoj", "hustoj", "lemon", "qduoj"] as const;
export type CheckerProtocol = (typeof checkerProtocols)[number];

export type Checker =
  | { readonly kind: "built-in"; readonly name: BuiltInChecker }
  | {
      readonly kind: "program";
      readonly protocol: CheckerProtocol;
      readonly program: Program;
      /** What its points are out of: 1 for a fraction, 100 for percent, `test` for the points of the test, `auto`: percent if more than 1. */
      readonly scale: 1 | 100 | "test" | "auto";
    };
