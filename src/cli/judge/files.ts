/** The files that a judging leaves: its records, and the report for people. Opened before anything runs. */
import type { JudgingDocument } from "../../judge/document.ts";
import type { Arguments } from "../args.ts";
import { ResultFile } from "../result-file.ts";
import { openRecords } from "./records.ts";

export class Files implements Disposable {
  readonly #records: ResultFile | null;
  readonly #html: ResultFile | null;

  private constructor(records: ResultFile | null, html: ResultFile | null) {
    [this.#records, this.#html] = [records, html];
  }

  /** @throws IsolateError when one of them cannot be written later */
  static open({ records, html }: Arguments<"judge">["flags"]): Files {
    const kept = records === undefined ? null : openRecords(records);
    try {
      return new Files(kept, html === undefined ? null : ResultFile.open(html, "html"));
    } catch (error) {
      kept?.close();
      throw error;
    }
  }

  /** @param records null: there are none to keep */
  async write(document: JudgingDocument, records: (() => string) | null): Promise<void> {
    if (records !== null) this.#records?.write(records());
    this.#html?.write((await import("../../judge/report/report.ts")).reportHtml(document));
  }

  [Symbol.dispose](): void {
    this.#records?.close();
    this.#html?.close();
  }
}
