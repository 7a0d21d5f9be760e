/**
 * The help pages as constants. Imported as a macro only: the build executes this, and puts what it returns into the binary. To make them from
 * the registry at run time would take longer than the start of the runtime.
 */
import { helpPages } from "./help.ts";
import { renderPage } from "./help/page.ts";
import { defaultWidth } from "./wrap.ts";

/** Each page as JSON, by its name; that of the whole under the empty name. */
export function helpTexts(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(helpPages()).map(([name, page]) => [name, JSON.stringify(page)]));
}

/** Each page as most callers get it: root without variables, and no terminal. */
export function usualHelpTexts(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(helpPages()).map(([name, page]) => [name, renderPage(page, defaultWidth, "/tmp/mini-isolate")]));
}
