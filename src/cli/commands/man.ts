/** `man`: the manual page, made from the pages of help. */
import { version } from "../../../package.json";
import { exitCodes } from "../../model/errors.ts";
import { helpPages } from "../help.ts";
import type { Page } from "../help/page.ts";
import { printText } from "../output.ts";

/** @returns the exit code */
export async function man(): Promise<number> {
  printText(manualPage());
  return exitCodes.success;
}

/** In the macros of man(7). */
export function manualPage(): string {
  const { "": root, ...pages } = helpPages();
  const parts = [
    `.TH MINI-ISOLATE 1 "" "mini-isolate ${version}" "User Commands"`,
    ".SH NAME", "mini\\-isolate \\- run untrusted programs under limits and say truthfully what happened",
    ".SH SYNOPSIS", ".B mini\\-isolate", "COMMAND [FLAGS] ...",
    ".SH DESCRIPTION", "Flags come before the program or the source; everything after it belongs to the program.",
    ...lines(root!.slice(3), "SH"),
    ...Object.entries(pages).flatMap(([name, page]) => [`.SH ${roff(name.toUpperCase())}`, ...lines(page, "SS")]),
    ".SH FILES", ".TP", ".I /etc/mini\\-isolate/languages.d", "language packs that hold for every run",
    ".SH ENVIRONMENT", ".TP", ".B MINI_ISOLATE_STATE_DIR", "directory of the boxes and their records", ".TP", ".B MINI_ISOLATE_PACKS", "language packs for every run, with colons between them",
  ];
  // A heading begins a paragraph by itself.
  return `${parts.filter((line, index) => line !== ".PP" || !/^\.S[HS] /.test(parts[index - 1]!)).join("\n")}\n`;
}

function lines(page: Page, heading: "SH" | "SS"): string[] {
  return page.flatMap((block): string[] => {
    if ("title" in block) return [`.${heading} ${roff(block.title)}`];
    if ("text" in block) return block.text === "" ? [] : [".PP", roff(block.text)];
    if ("lines" in block) return [".PP", ".nf", ...block.lines.map(roff), ".fi"];
    return block.rows.flatMap(([first, text]) => [".TP", `.B ${roff(first.trim())}`, roff(text)]);
  });
}

/** Text that is nothing but text. */
function roff(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^([.'])/, "\\&$1");
}
