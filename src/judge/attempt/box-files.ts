/** Files of a test in the working directory of a submission, and the file that it writes. */
import { openArtefact, placeFile, withDirectory } from "../../box/files.ts";
import { closeDescriptor, writeFully } from "../../kernel/files.ts";
import { copyAll } from "../../kernel/files-copy.ts";
import type { BoxVisit } from "../../model/request.ts";
import { readAdded } from "../../source/added-files.ts";
import type { OutputFile } from "../output-file.ts";
import type { Problem, Test } from "../problem.ts";
import { openTestFile } from "../test-file.ts";

const readable = 0o644;

/** @returns null where the problem and the test have no files for a submission */
export function visitFor({ inputFile }: Problem, { input, files }: Test): BoxVisit | null {
  if (inputFile === null && files === null) return null;
  return {
    before({ workdir, owner }) {
      withDirectory(workdir, (directory) => {
        if (inputFile !== null) {
          const source = openTestFile(input);
          try {
            placeFile(directory, inputFile, readable, owner, (target) => void copyAll(source, target));
          } finally {
            closeDescriptor(source);
          }
        }
        if (files === null) return;
        for (const { name, bytes, mode } of readAdded([files])) placeFile(directory, name.slice(name.indexOf("/") + 1), mode, owner, (target) => writeFully(target, bytes));
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
