/** `doctor`: what of this host makes runs weaker or measurements less even, and what mends it. */
import { resolveStateDir } from "../../config/load.ts";
import { examine, type Examined, exitCodeOf, summarize, type Summary } from "../../doctor/examine.ts";
import { checkGroups } from "../../doctor/registry.ts";
import { thisHost } from "../../doctor/this-host.ts";
import type { Arguments } from "../args.ts";
import { jsonDocument, printText } from "../output.ts";
import { widthForReader } from "../width.ts";
import { hang } from "../wrap.ts";
import { escapeControls } from "../write.ts";

/** @returns the exit code: 0 full strength, 1 warnings, 2 something is not enforced */
export async function doctor({ flags }: Arguments<"doctor">): Promise<number> {
  const examined = await examine(thisHost(resolveStateDir(flags["state-dir"])));
  const summary = summarize(examined);
  const exit = exitCodeOf(summary);
  printText(flags.json ? jsonDocument(describe(examined)) : formatChecks(examined, flags.verbose, widthForReader()));
  return exit;
}

/** The document of `--json`. */
export function describe(examined: readonly Examined[]) {
  const summary = summarize(examined);
  const checks = examined.map(({ id, group, state, found, means, mend }) => ({ id, group, state, found, means, mend }));
  return { ok: exitCodeOf(summary) === 0, exit: exitCodeOf(summary), summary, checks };
}

const titleWidth = Math.max(...checkGroups.flatMap(({ checks }) => checks.map(({ title }) => title.length)));

/** Groups with a line for each check; below one that does not pass what it means and what mends it. */
export function formatChecks(examined: readonly Examined[], verbose: boolean, width = Number.POSITIVE_INFINITY): string {
  const lines = checkGroups.flatMap(({ name, title }) => {
    const checks = examined.filter(({ group }) => group === name);
    return checks.length === 0 ? [] : [title, ...checks.flatMap((check) => linesOf(check, verbose, width)), ""];
  });
  return escapeControls(`${[...lines, hang("", conclusion(summarize(examined)), width)].join("\n")}\n`);
}

function linesOf({ state, title, found, means, mend }: Examined, verbose: boolean, width: number): string[] {
  const head = hang(`  ${state.padEnd(8)}${title.padEnd(titleWidth)}  `, found, width);
  const indent = " ".repeat(10);
  const explained = verbose || state === "warn" || state === "fail";
  // What mends it stays in one line, to be copied.
  return [head, ...(explained ? [hang(indent, means, width)] : []), ...(mend === null ? [] : [`${indent}mend: ${mend}`])];
}

function conclusion({ pass, warn, fail, skipped }: Summary): string {
  const counts = `${pass} pass, ${warn} warn, ${fail} fail, ${skipped} skipped`;
  if (fail > 0) return `${counts}: something is not enforced here`;
  return warn > 0 ? `${counts}: everything is enforced; something is weaker or less even than it could be` : `${counts}: full strength`;
}
