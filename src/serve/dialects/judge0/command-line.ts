/** Words that a submission adds to a command. */
import { splitWords } from "../../../language/words.ts";
import { IsolateError } from "../../../model/errors.ts";

/** What a shell could be told with; it is taken out, as clients of Judge0 have always had it. No shell reads the words here. */
const shellCharacters = /[$&;<>|`]/g;

export const mostCharacters = 512;

/** @returns null: a quotation mark has no end, or a backslash is the last character */
export function wordsOf(text: string | null): readonly string[] | null {
  if (text === null) return [];
  try {
    return splitWords(text.replace(shellCharacters, ""));
  } catch (error) {
    if (error instanceof IsolateError) return null;
    throw error;
  }
}
