/** Markup that is safe by the way it is made: what is put into a template is escaped, unless it was made by one itself. */
import { escapeText } from "./escape.ts";

export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** null shows nothing. */
export type Part = Html | string | number | null | readonly Part[];

/** `` html`<td>${name}</td>` `` */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0]!;
  for (const [index, part] of parts.entries()) text += rendered(part) + strings[index + 1]!;
  return new Html(text);
}

function rendered(part: Part): string {
  if (part === null) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "number") return String(part);
  return typeof part === "string" ? escapeText(part) : part.map(rendered).join("");
}

/** Parts with something between them. */
export function joined(parts: readonly Part[], between: Part): Part[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [between, part]));
}
