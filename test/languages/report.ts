/** The document of `languages test --json`. */
import type { Outcome } from "../helpers/running.ts";
import type { MiniOptions, State } from "../helpers/binary.ts";

export interface Report {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly languages: readonly {
    readonly id: string;
    readonly toolchain: {
      readonly state: "found" | "missing" | "outside" | "failed";
      readonly version: string | null;
      readonly too_old: boolean;
      readonly program: string | null;
      readonly elsewhere: string | null;
      readonly host_path: string | null;
      readonly mount: string | null;
      readonly reason: string | null;
    };
    readonly skipped: string | null;
    readonly tests: readonly {
      readonly name: string;
      readonly expected: string;
      readonly got: string | null;
      /** `got`, or WrongOutput. */
      readonly verdict: string | null;
      readonly passed: boolean | null;
      readonly cpu_time: number | null;
      readonly wall_time: number | null;
      readonly memory_peak: number | null;
      readonly message: string | null;
    }[];
  }[];
}

/** Runs `languages test` with these words and flags. */
export async function runTests(state: State, words: readonly string[], options: MiniOptions = {}): Promise<Outcome & { readonly report: Report }> {
  const outcome = await state.mini(["languages", "test", "--json", ...words], { timeoutMs: 110_000, ...options });
  if (!outcome.stdout.startsWith("{")) throw new Error(`no report (exit ${outcome.exitCode}): ${outcome.stdout}\n${outcome.stderr}`);
  return { ...outcome, report: JSON.parse(outcome.stdout) as Report };
}
