/**
 * The logger, and the one importer of consola: warnings and notes on standard error, one line each. Import it dynamically
 * where there is something to say; a run that says nothing does not pay for it.
 */
import { createConsola, type LogType } from "consola/core";
import { messageOf } from "../model/errors.ts";
import { escapeControls, writeDiagnostic } from "./write.ts";

const words: Partial<Record<LogType, string>> = { warn: "warning: ", error: "error: ", fatal: "error: " };

/** Writes `mini-isolate: warning: <text>` to standard error; never to standard output, which is for results. */
export const log = createConsola({
  // consola would merge equal lines within a second; each warning here belongs to its own run.
  throttle: 0,
  reporters: [
    {
      log: ({ type, args }) => {
        const text = args.map((argument) => (typeof argument === "string" ? argument : messageOf(argument))).join(" ");
        writeDiagnostic(`mini-isolate: ${words[type] ?? ""}${escapeControls(text)}\n`);
      },
    },
  ],
});
