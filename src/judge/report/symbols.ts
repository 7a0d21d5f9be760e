/** A shape for each verdict, around 0 0, so that plots can be read without colours. */
import type { Verdict } from "../verdict.ts";
import { Html } from "./html.ts";

const shapes: Readonly<Record<Verdict, string>> = {
  AC: '<circle r="4"/>',
  WA: '<path class="stroke" d="M-4-4 4 4M4-4-4 4"/>',
  TLE: '<path d="M-4-5 5 0-4 5Z"/>',
  MLE: '<path d="M-4-4H4V4H-4Z"/>',
  RTE: '<path d="M0-5 5 4H-5Z"/>',
  OLE: '<path d="M0-5 5 0 0 5-5 0Z"/>',
  CE: '<path class="stroke" d="M-5 0H5"/>',
  JE: '<path class="stroke" d="M-5 0H5M0-5V5"/>',
};

export function symbol(verdict: Verdict): Html {
  return new Html(shapes[verdict]);
}

export const verdictsInPlots: readonly Verdict[] = ["AC", "WA", "TLE", "MLE", "RTE", "OLE", "JE"];
