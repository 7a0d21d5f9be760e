/**
 * What the documents show people to type, taken apart, so that it can be tried. A comment above a block says what cannot be tried:
 * `<!-- not run: REASON -->`, `<!-- not compared: REASON -->` (it is run, and prints something else each time), `<!-- needs: NAME ... -->`
 * (programs), `<!-- before: COMMAND -->` and `<!-- after: COMMAND -->` (what nobody has to see), `<!-- run -->` (for a script, which may do
 * anything to a host), `<!-- not checked: REASON -->` (YAML that is no pack). What is
 * a file of docs/examples is tried by test/e2e/examples.test.ts.
 */

/** One fenced block of a document. */
export interface ShownBlock {
  /** `docs/cli.md:34` */
  readonly place: string;
  readonly language: string;
  readonly text: string;
  /** Reasons; null: there is none. */
  readonly notRun: string | null;
  readonly notCompared: string | null;
  readonly notChecked: string | null;
  readonly needs: readonly string[];
  readonly before: string;
  readonly after: string;
}

/** A command and what it prints, as shown. */
export interface ShownCommand {
  readonly command: string;
  readonly output: string;
}

const block = /((?:^<!-- (?:run|(?:not run|not compared|not checked|needs|before|after|file): [^\n]*) -->\n)*)^```(\S+)\n([\s\S]*?)^```$/gm;

/** The blocks in these languages, in the order of the page. */
export function shownBlocks(name: string, page: string, languages: readonly string[]): ShownBlock[] {
  return [...page.matchAll(block)].flatMap(({ index, 0: whole, 1: comments = "", 2: language = "", 3: text = "" }) => {
    if (!languages.includes(language)) return [];
    const said = (what: string) => new RegExp(`^<!-- ${what}: (.*) -->$`, "m").exec(comments)?.[1] ?? null;
    const line = page.slice(0, index).split("\n").length + whole.slice(0, whole.indexOf("```")).split("\n").length - 1;
    const isScript = language === "sh" && !comments.includes("<!-- run -->");
    const notRun = said("not run") ?? said("file") ?? (isScript ? "a script for a host" : null);
    return [{ place: `${name}:${line}`, language, text, notRun, notCompared: said("not compared"), notChecked: said("not checked"), needs: said("needs")?.split(/[ ,]+/) ?? [], before: said("before") ?? ":", after: said("after") ?? ":" }];
  });
}

/** Commands stand behind `$ `, what they print below; what is above the first one is no output. Without any `$ `: one script. */
export function commandsIn({ language, text }: ShownBlock): ShownCommand[] {
  if (language !== "console") return [{ command: text, output: "" }];
  return text.split(/^\$ /m).slice(1).map((part) => {
    const [command = "", ...output] = part.split("\n");
    // What stands above the next command is its title.
    return { command, output: output.join("\n").replace(/\n--- [^\n]*[^-\n]\n\n$/, "\n") };
  });
}

/** On a terminal, what goes on is one line that is rewritten and then gone. */
const progress = /^(?:looking for compilers and runtimes|testing \S+ \([0-9]+ of [0-9]+\))\n/gm;

/** The same for both, whatever the machine and the moment: numbers, the length of columns, blank lines at the ends. */
export function withoutNumbers(output: string): string {
  return output
    .replace(progress, "")
    .replace(/\b[0-9a-f]{12,64}\b/g, "H")
    .replace(/[0-9]+(?:\.[0-9]+)?(?:e-[0-9]+)?/g, "N")
    .replace(/-[A-Za-z0-9]+$/gm, (ending) => (/N/.test(ending) && /[a-z]/.test(ending) ? "-N" : ending))
    .split("\n").map((line) => line.replace(/ +/g, " ").trimEnd()).join("\n").trim();
}

/** Whether an output is what is shown; a line `...` stands for anything. */
export function isAsShown(actual: string, shown: string): boolean {
  const pieces = withoutNumbers(shown).split(/^\.\.\.$/m).map((piece) => piece.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pieces.join("[^]*")}$`).test(withoutNumbers(actual));
}
