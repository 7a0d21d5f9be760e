/** How much of what programs said goes into a report: each text up to a length, and all of them together up to a size. */
import { cut, escapeText } from "./escape.ts";
import { Html, html } from "./html.ts";
import { count } from "./units.ts";

/** What is still shown of each text when the others have used up the size. UTF-16 units. */
const least = 160;

export class TextBudget {
  /** Of escaped text, which is what the file has. */
  #left: number;

  constructor(all: number) {
    this.#left = all;
  }

  /** @param most UTF-16 units */
  take(text: string, most: number): Html {
    const shown = cut(text, this.#left > 0 ? most : Math.min(most, least));
    const escaped = escapeText(shown);
    this.#left -= escaped.length;
    if (shown === text) return new Html(escaped);
    return html`${new Html(escaped)}<span class="cut"> (cut: ${count(text.length - shown.length + 1, "more character")})</span>`;
  }

  /** Several lines as they were written. */
  block(text: string, most: number): Html {
    return html`<pre tabindex="0">${this.take(withoutEnd(text), most)}</pre>`;
  }
}

/** Without the line feeds at its end. Not by a pattern, which takes the square of the time on a megabyte of line feeds. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (text[end - 1] === "\n") end--;
  return text.slice(0, end);
}
