/** What a shell would do with a command, and nobody does here: pipes, redirections, variables, patterns. Pure. */
import { joinWords, splitWords } from "./words.ts";

/** Programs that read such things themselves. */
const shells = /(?:^|\/)(?:sh|bash|dash|ash|ksh|mksh|zsh|fish|busybox)$/;

/** Words of a list that can only be meant for a shell. */
const operatorWord = /^(?:\|\|?|&&?|;|[0-9]?(?:>>?|<)|[0-9]?>&[0-9]|[0-9]?(?:>>?|<)[^=>].*)$/;

/**
 * The first thing in a command that only a shell understands, such as `|`, or null.
 * @param command as it is written: one text, in which quotes make words of anything, or a list of words
 */
export function shellSyntaxIn(command: string | readonly string[]): string | null {
  if (isForShell(typeof command === "string" ? wordsOf(command) : command)) return null;
  return typeof command === "string" ? firstInText(command) : (command.find((word) => operatorWord.test(word))?.match(/^[0-9]?[|&;<>]+/)?.[0] ?? null);
}

/** The same command for a shell: `/bin/sh -c 'gcc "$@" && ./a' sh {sources}`. */
export function withShell(command: string | readonly string[]): string {
  const script = typeof command === "string" ? command : command.map((word) => (operatorWord.test(word) ? word : joinWords([word]))).join(" ");
  // They become several words, so they cannot stand inside of one; of two the first stands for both.
  const several = ["{sources}", "{args}"].filter((placeholder) => script.includes(placeholder));
  const [first, second] = several.toSorted((a, b) => script.indexOf(a) - script.indexOf(b));
  const inShell = first === undefined ? script : script.replaceAll(first, '"$@"');
  return joinWords(["/bin/sh", "-c", second === undefined ? inShell : inShell.replaceAll(` ${second}`, ""), ...(several.length === 0 ? [] : ["sh", ...several])]);
}

function isForShell([program = "", ...words]: readonly string[]): boolean {
  return shells.test(program) && words.some((word) => /^-[a-z]*c$/.test(word));
}

function wordsOf(text: string): readonly string[] {
  try {
    return splitWords(text);
  } catch {
    // What is wrong with it is told as a mistake.
    return [];
  }
}

/** Outside of quotes; between double quotes a shell fills in `$NAME`, `$(...)` and backquotes all the same. */
export function firstInText(text: string): string | null {
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    const rest = text.slice(at, at + 65);
    if (quote === "'") {
      if (character === quote) quote = "";
    } else if (character === "\\") {
      at += 1;
    } else if (character === '"') {
      quote = quote === "" ? character : "";
    } else if (character === "'" && quote === "") {
      quote = character;
    } else {
      const filledIn = /^(?:\$\(|`|\$\{?[A-Za-z_][A-Za-z0-9_]*\}?)/.exec(rest)?.[0];
      if (filledIn !== undefined) return filledIn;
      if (quote !== "") continue;
      const operator = /^(?:\|\|?|&&?|;|>>?|<<?|\*)/.exec(rest)?.[0];
      if (operator !== undefined) return operator;
      if (character === "~" && /(?:^|\s)$/.test(text.slice(0, at)) && /^~(?:\/|\s|$)/.test(rest)) return "~";
    }
  }
  return /^\s*([A-Za-z_][A-Za-z0-9_]*=)/.exec(text)?.[1] ?? null;
}
