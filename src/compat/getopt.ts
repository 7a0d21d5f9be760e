/** Arguments read as getopt_long(3) of glibc reads them: options and words in any order, unique beginnings of names, short options together. */

export interface OptionForm {
  readonly name: string;
  readonly short?: string;
  /** `optional`: only attached (`-p5`, `--processes=5`). */
  readonly argument: "none" | "required" | "optional";
}

export interface ReadOption<F extends OptionForm> {
  readonly form: F;
  readonly value: string | null;
}

/** What getopt_long says about a wrong option, without the name of the program before it. */
export class WrongOption extends Error {
  override readonly name = "WrongOption";
}

/**
 * Gives one option after the other, so that what an option does comes before a fault of a later one.
 * @param words gets everything that is no option
 * @throws WrongOption
 */
export function* readOptions<F extends OptionForm>(argv: readonly string[], forms: readonly F[], words: string[]): Generator<ReadOption<F>, void, undefined> {
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at]!;
    if (argument === "--") {
      words.push(...argv.slice(at + 1));
      return;
    }
    if (argument.startsWith("--")) {
      const { form, value } = readLong(argument.slice(2), forms);
      if (form.argument !== "required" || value !== null) yield { form, value };
      else if (at + 1 >= argv.length) throw new WrongOption(`option '--${form.name}' requires an argument`);
      else yield { form, value: argv[++at]! };
    } else if (argument.startsWith("-") && argument.length > 1) {
      for (let letter = 1; letter < argument.length; letter++) {
        const short = argument[letter]!;
        const form = forms.find((candidate) => candidate.short === short);
        if (form === undefined) throw new WrongOption(`invalid option -- '${short}'`);
        const rest = argument.slice(letter + 1);
        if (form.argument === "none") {
          yield { form, value: null };
          continue;
        }
        if (form.argument === "optional") yield { form, value: rest === "" ? null : rest };
        else if (rest !== "") yield { form, value: rest };
        else if (at + 1 >= argv.length) throw new WrongOption(`option requires an argument -- '${short}'`);
        else yield { form, value: argv[++at]! };
        break;
      }
    } else words.push(argument);
  }
}

function readLong<F extends OptionForm>(text: string, forms: readonly F[]): ReadOption<F> {
  const equals = text.indexOf("=");
  const name = equals < 0 ? text : text.slice(0, equals);
  const value = equals < 0 ? null : text.slice(equals + 1);
  const found = forms.filter((form) => form.name.startsWith(name));
  const form = found.find((candidate) => candidate.name === name) ?? (found.length === 1 ? found[0] : undefined);
  if (form === undefined && found.length > 1) throw new WrongOption(`option '--${text}' is ambiguous; possibilities: ${found.map((one) => `'--${one.name}'`).join(" ")}`);
  if (form === undefined) throw new WrongOption(`unrecognized option '--${text}'`);
  if (form.argument === "none" && value !== null) throw new WrongOption(`option '--${form.name}' doesn't allow an argument`);
  return { form, value };
}
