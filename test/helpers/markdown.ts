/** Reading the documents as a machine: sections, tables, links. */

/** Text of the section under a heading, subsections included. @throws Error when there is no such heading */
export function section(text: string, heading: string): string {
  const lines = text.split("\n");
  const begin = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, "") === heading);
  if (begin < 0) throw new Error(`no heading '${heading}'`);
  const depth = depthOf(lines[begin]!);
  const length = lines.slice(begin + 1).findIndex((line) => /^#+ /.test(line) && depthOf(line) <= depth);
  return lines.slice(begin + 1, length < 0 ? undefined : begin + 1 + length).join("\n");
}

function depthOf(heading: string): number {
  return heading.indexOf(" ");
}

/** Cells of the body of the first table in a text, backquotes taken off cells that are all code. */
export function tableRows(text: string): string[][] {
  const [, lines = ""] = /^\|.*\|\n\|[ |:-]+\|\n((?:\|.*\|\n?)*)/m.exec(text) ?? [];
  const rows = lines.trimEnd().split("\n").filter((line) => line !== "");
  return rows.map((line) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/^`([^`]*)`$/, "$1")));
}

/** One column of {@link tableRows}. */
export function column(text: string, index: number): string[] {
  return tableRows(text).map((row) => row[index]!);
}

/** Targets of all links, without those to other hosts. */
export function localLinks(text: string): string[] {
  const links = withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g);
  return [...links].map(([, target = ""]) => target).filter((target) => !/^[a-z]+:/.test(target));
}

/** What a heading is reached by, as GitHub makes it. */
export function anchors(text: string): string[] {
  const headings = withoutCode(text).matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, title = ""]) => title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"));
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, "");
}

/** What stands in fences of a language. */
export function fenced(text: string, language: string): string[] {
  const fences = text.matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm);
  return [...fences].filter(([, name]) => name === language).map(([, , content = ""]) => content);
}
