/** The completions of fish. */
import { commands, flags, type FlagName } from "../flags.ts";
import { verbsOf } from "../help/verbs.ts";
import { topics } from "../help/topics.ts";
import { aboutFlag, commandNames, firstWordsOf, flagsAfter, places, valuesOf, wordsAfter, type Values } from "./words.ts";

const quoted = (text: string) => `'${text.replace(/[\\']/g, "\\$&")}'`;

/** Arguments of `complete`. */
function offer({ words, files, boxes }: Values): string {
  const list = boxes ? "(__mini_isolate_boxes)" : words.join(" ");
  return `${files ? "-F" : "-f"}${list === "" ? "" : ` -a ${quoted(list)}`}`;
}

export function fishScript(): string {
  const withValue = (Object.keys(flags) as FlagName[]).filter((name) => valuesOf(name) !== null);
  const line = (condition: string, rest: string, about: string) => `complete -c mini-isolate -n ${quoted(condition)} ${rest} -d ${quoted(about)}`;
  const lines = [
    ...commandNames.map((name) => line("__fish_is_first_token", `-f -a ${name}`, commands[name].summary)),
    line("__fish_is_first_token", "-f -a help", "show help"),
    line("__fish_is_first_token", "-f -l version", "show version and commit"),
    ...commandNames.map((name) => line("__mini_isolate_at help", `-f -a ${name}`, commands[name].summary)),
    ...Object.entries(topics).map(([name, { summary }]) => line("__mini_isolate_at help", `-f -a ${name}`, summary)),
    ...places().flatMap(({ command, verb }) => {
      const here = verb === null ? `__mini_isolate_at ${command}` : `__mini_isolate_at ${command} ${verb}`;
      const words = verb === null ? null : wordsAfter(command, verb);
      return [
        ...flagsAfter(command, verb).map((name) => {
          const values = valuesOf(name);
          return line(here, `-l ${name}${values === null ? "" : ` -r ${offer(values)}`}`, aboutFlag(command, name));
        }),
        ...(verb === null ? firstWordsOf(command).map((word) => line(here, `-f -a ${word}`, verbsOf[command]?.[word]?.summary ?? "")) : []),
        ...(words === null ? [] : [line(here, offer(words), "")]),
        ...(verb === null && ["run", "execute", "judge"].includes(command) ? [line(here, "-F", "")] : []),
      ];
    }),
  ];
  return `# Completions of mini-isolate for fish: mini-isolate completions fish > ~/.config/fish/completions/mini-isolate.fish
function __mini_isolate_boxes
    mini-isolate list 2>/dev/null | awk 'NR > 1 && /^[^ ]/ { print $1 }'
end
# Whether the words that are no flags are exactly these, or begin with a command that has no verbs.
function __mini_isolate_at
    set -l words (commandline -opc)[2..-1]
    test (count $words) -ge (count $argv); or return 1
    test "$words[1]" = "$argv[1]"; or return 1
    switch $argv[1]
        case ${Object.keys(verbsOf).join(" ")}
            set -l verb (string match -v -- '-*' $words[2..-1])[1]
            test "$verb" = "$argv[2]"
        case help
            test (count $words) -eq 1
        case run execute
            not __mini_isolate_in_program
    end
end
# Whether the program or the source is there already: what follows is not ours.
function __mini_isolate_in_program
    set -l words (commandline -opc)[2..-1]
    contains -- "$words[1]" run execute; or return 1
    set -l is_value 0
    for word in $words[2..-1]
        if test $is_value -eq 1
            set is_value 0
            continue
        end
        switch $word
            case --
                return 0
            case ${withValue.map((name) => `--${name}`).join(" ")}
                set is_value 1
            case '-*'
            case '*'
                return 0
        end
    end
    return 1
end
complete -c mini-isolate -f
complete -c mini-isolate -n __mini_isolate_in_program -F
${lines.map((text) => text.replace(/ -d ''$/, "")).join("\n")}
`;
}
