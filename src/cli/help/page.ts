/** A page of help: made at build time from the registries, and brought into lines for this terminal when it is shown. */
import { hang, wrapText } from "../wrap.ts";

/** A title; a paragraph; a table of two columns; lines that stay as they are. */
export type Block =
  | { readonly title: string }
  | { readonly text: string }
  | { readonly rows: readonly (readonly [first: string, text: string])[]; readonly column: number }
  | { readonly lines: readonly string[] };

export type Page = readonly Block[];

/** What the pages say of the state directory, in words; replaced by the one that is in force. */
export const stateDirInWords = "MINI_ISOLATE_STATE_DIR, or /tmp/mini-isolate (-UID when not root)";

/** @param stateDir the one in force; null: in words @returns plain text that ends with a line feed; only words and `lines` can be wider */
export function renderPage(page: Page, width: number, stateDir: string | null): string {
  const lines = page.flatMap((block): string[] => {
    if ("title" in block) return ["", block.title, ""];
    if ("lines" in block) return block.lines.map((line) => `  ${line}`.trimEnd());
    if ("text" in block) return wrapText(block.text, width);
    const column = Math.min(block.column, Math.floor(width / 3));
    return block.rows.map(([first, said]) => row(`  ${first}`, stateDir === null ? said : said.replaceAll(stateDirInWords, stateDir), width, column));
  });
  return `${lines.join("\n").replace(/^\n+/, "").trimEnd()}\n`;
}

function row(first: string, text: string, width: number, column: number): string {
  if (text === "") return first;
  return first.length + 2 <= column ? hang(first, text, width, column) : `${first}\n${hang("", text, width, column)}`;
}
