/** Files of a test in the working directory of a submission, and the file that it writes. */
import { openArtefact, placeFile, withDirectory } from "../../box/files.ts";
import { callerUid } from "../../kernel/caller.ts";
import { fchmodSync, fchownSync } from "../../kernel/fs.ts";
import { closeDescriptor, writeFully } from "../../kernel/files.ts";
import { copyAll } from "../../kernel/files-copy.ts";
import type { BoxVisit } from "../../model/request.ts";
import type { OutputFile } from "../output-file.ts";
import type { Problem, Test } from "../problem.ts";
import { ProgramFiles } from "../programs/program-files.ts";
import { openTestFile } from "../test-file.ts";

const readable = 0o644;

/** @returns null where a submission finds its working directory empty, and may write in it */
export function visitFor({ inputFile, allowFileWriting = true, path: root }: Problem, { input, files }: Test): BoxVisit | null {
  if (inputFile === null && files === null && allowFileWriting) return null;
  return {
    before({ workdir, owner }) {
      withDirectory(workdir, (directory) => {
        // It belongs to us then, and the box's user cannot take it back. An ordinary user's boxes are all the user's own.
        if (!allowFileWriting && owner !== null) {
          fchownSync(directory, callerUid(), callerUid());
          fchmodSync(directory, 0o755);
        }
        if (inputFile !== null) {
          const source = openTestFile(input);
          try {
            placeFile(directory, inputFile, readable, owner, (target) => void copyAll(source, target));
          } finally {
            closeDescriptor(source);
          }
        }
        if (files === null) return;
        for (const { name, bytes, mode } of new ProgramFiles(root).content(files)) placeFile(directory, name, mode, owner, (target) => writeFully(target, bytes));
      });
    },
  };
}

/**
 * Takes what a program left under a name, which is its own affair: a link, a FIFO or a directory is no output.
 * @param output keeps it; it stays empty when there is no such file
 */
export function takeOutput(workdir: string, name: string, output: OutputFile): void {
  withDirectory(workdir, (directory) => {
    const file = openArtefact(directory, name);
    output.isMissing = file === null;
    if (file === null) return;
    try {
      copyAll(file.fd, output.fd);
    } finally {
      closeDescriptor(file.fd);
    }
  });
}
