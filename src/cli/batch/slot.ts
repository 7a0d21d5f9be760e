/** One of the places where requests run, one after the other: this process, or one that is started for it. */
import type { RunLoop } from "../../executor/watch/run-loop.ts";
import { errorDocument } from "../error-document.ts";
import { jsonDocument } from "../output.ts";
import type { Performed } from "./perform.ts";
import type { RequestId } from "./request.ts";
import type { Stop } from "./stop.ts";

/** A line of text that may be a request. */
export interface RequestLine {
  readonly number: number;
  readonly text: string;
}

export interface Answer {
  /** With its line feed; null: the batch was stopped before the request was begun. */
  readonly bytes: Uint8Array | null;
  /** An error, or a run that failed for a reason of ours. */
  readonly isError: boolean;
}

export interface Slot {
  /** Not to be called again before the answer is there. */
  answer(line: RequestLine): Promise<Answer>;
  /** Nothing of a request stays in the slot; called after each. */
  empty(): void;
  /** @returns the exit code of a batch that had these answers */
  close(): Promise<number>;
}

/** What all slots share. */
export interface SlotSurroundings {
  readonly loop: RunLoop;
  readonly stop: Stop;
  /** Told what a person should know. */
  readonly warn: (line: string) => void;
}

/** The line of a result, or of an error. */
export function lineOf(number: number, id: RequestId, document: Performed | ReturnType<typeof errorDocument>): Uint8Array {
  return Buffer.concat([...jsonDocument({ line: number, id, ...document })].map((part) => Buffer.from(part)));
}

/** The line of an error, and the exit code that it stands for. */
export function errorLine(number: number, id: RequestId, error: unknown): { readonly bytes: Uint8Array; readonly code: number } {
  const document = errorDocument(error);
  return { bytes: lineOf(number, id, document), code: document.error.exit_code };
}
