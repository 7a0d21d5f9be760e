/** The directory in which a checker or an interactor leaves what it has to say. What is in it was made by a program: nothing is followed. */
import { closeSync, readSync } from "../../kernel/fs.ts";
import { makeOwnedDirectory } from "../../box/box.ts";
import { ArtefactFault, eachArtefact, openArtefact, placeFile, withWorkdir } from "../../box/files.ts";
import { O } from "../../kernel/constants.ts";
import { openBeneath, writeFully } from "../../kernel/files.ts";
import type { BoxPlace } from "../../model/request.ts";

/** Content by name. */
export type Feedback = ReadonlyMap<string, Uint8Array>;

export const noFeedback: Feedback = new Map();

/** Of the working directory. */
export const feedbackName = ".feedback";

/** What the judge itself reads. */
const knownFiles = ["judgemessage.txt", "teammessage.txt", "score.txt", "score_multiplier.txt", "nextpass.in", "judgeerror.txt"] as const;
/** Of each of these no more than this is of use to anybody, but for the next input. */
const mostOfText = 64 * 1024;
export const mostFeedbackFiles = 1000;

export function placeFeedback({ workdir, owner }: BoxPlace, feedback: Feedback): void {
  withWorkdir(workdir, (directory) => {
    makeOwnedDirectory(directory, feedbackName, owner);
    for (const [name, bytes] of feedback) placeFile(directory, `${feedbackName}/${name}`, 0o644, owner, (target) => writeFully(target, bytes));
  });
}

/**
 * Reads what is there after the run, when no process of the box lives. Links, special files and files with a second name do not count.
 * @param keep everything, for a later run; else what the judge looks at
 * @throws Error that says what is wrong with it
 */
export function takeFeedback(workdir: string, keep: boolean, mostBytes: number): Feedback {
  return withWorkdir(workdir, (top) => {
    const directory = open(top);
    const found = new Map<string, Uint8Array>();
    try {
      if (keep) {
        let room = mostBytes;
        within(() => eachArtefact(directory, ["**"], (file, relative, { size }) => {
          if (found.size >= mostFeedbackFiles) throw new Error(`it left more than ${mostFeedbackFiles} files in its feedback directory`);
          if (size > room) throw new Error(`it left more than ${mostBytes / 2 ** 20} MB in its feedback directory`);
          room -= size;
          found.set(relative, contentOf(file, size));
        }));
        return found;
      }
      for (const name of knownFiles) {
        const file = openArtefact(directory, name);
        if (file === null) continue;
        try {
          found.set(name, contentOf(file.fd, Math.min(file.size, mostOfText)));
        } finally {
          closeSync(file.fd);
        }
      }
      return found;
    } finally {
      closeSync(directory);
    }
  });
}

/** The words are about compilers, which leave their results in the same way. */
function within(read: () => void): void {
  try {
    read();
  } catch (error) {
    throw error instanceof ArtefactFault ? new Error("it left too many directories in its feedback directory, or too deep ones") : error;
  }
}

function open(top: number): number {
  try {
    return openBeneath(top, feedbackName, O.RDONLY | O.DIRECTORY | O.NOFOLLOW);
  } catch {
    throw new Error("it took its feedback directory away");
  }
}

function contentOf(fd: number, size: number): Uint8Array {
  const bytes = Buffer.alloc(size);
  let done = 0;
  for (let count = -1; done < size && count !== 0; done += count) count = readSync(fd, bytes, done, size - done, done);
  return bytes.subarray(0, done);
}

/** Text of a file, without what is not UTF-8 and what would do something on a terminal; null: there is none, or nothing is in it. */
export function textIn(feedback: Feedback, name: string): string | null {
  const bytes = feedback.get(name);
  return bytes === undefined ? null : plainText(bytes);
}

export function plainText(bytes: Uint8Array): string | null {
  const text = new TextDecoder().decode(bytes.subarray(0, mostOfText)).replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, "").trim();
  return text === "" ? null : text;
}
