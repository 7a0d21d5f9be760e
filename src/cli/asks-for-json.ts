/** Whether the caller reads JSON, told from arguments that may be wrong. */
import { commands, flagOf, flagsOf, type CommandName } from "./flags.ts";

/** As the strict pass reads them as long as they are right; a word after an unknown flag is taken for its value. */
export function asksForJson([word, ...argv]: readonly string[]): boolean {
  if (word === undefined || word.startsWith("-")) return false;
  const command = Object.hasOwn(commands, word) ? (word as CommandName) : null;
  const known: readonly string[] = command === null ? [] : flagsOf(command);
  const wordsAnywhere = command !== null && commands[command].operands === "words";
  const given = new Set<string>();
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]!;
    if (argument === "--") break;
    if (!argument.startsWith("-")) {
      if (wordsAnywhere) continue;
      break;
    }
    const [name = ""] = argument.replace(/^-+/, "").split("=", 1);
    // With a value it is a mistake, and may mean the opposite.
    if (!argument.startsWith("--json=")) given.add(name);
    const isSwitch = name === "json" || (command !== null && known.includes(name) && flagOf(command, name as never).kind === "switch");
    if (!isSwitch && !argument.includes("=") && argv[index + 1]?.startsWith("-") === false) index++;
  }
  // The document goes to the file alone then.
  const toFileOnly = (given.has("result") || given.has("output")) && (given.has("silent") || given.has("passthrough"));
  return given.has("json") && !toFileOnly;
}
