/** Whether a file is one that `--result` or `--html` may replace. */
import { readSync } from "../kernel/fs.ts";
import { O } from "../kernel/constants.ts";
import { closeDescriptor, openAt } from "../kernel/files.ts";

/** What documents of ours begin with. */
const beginnings = {
  /** The fields of every result and every error, in their order. */
  results: /^\{"status":"[A-Za-z]{1,40}","success":(?:true|false),"limit":/,
  /** The report of a judging (judge/report/page.ts). */
  reports: /^<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="generator" content="mini-isolate judge">\n/,
};

export type OwnDocument = keyof typeof beginnings;

const headBytes = 256;

/**
 * An empty file (mktemp(1) makes one) or a document of ours: anything else may be somebody's work.
 * @param directory what `name` is in
 * @throws SyscallError when it cannot be read
 */
export function isOwn(document: OwnDocument, directory: number, name: string): boolean {
  const fd = openAt(directory, name, O.RDONLY | O.NOFOLLOW | O.NONBLOCK | O.NOCTTY);
  try {
    const head = new Uint8Array(headBytes);
    const length = readSync(fd, head, 0, head.length, 0);
    return length === 0 || beginnings[document].test(Buffer.from(head.subarray(0, length)).toString("latin1"));
  } finally {
    closeDescriptor(fd);
  }
}
