/** The completions of bash and zsh: one function, whose words come from the registries, between what each shell gives and takes. */
import { commandNames, firstWordsOf, flagsAfter, places, topicNames, valuesOf, wordsAfter, type Values } from "./words.ts";
import { commands, flags, type FlagName } from "../flags.ts";

function offer(values: Values): string {
  const parts = [
    ...(values.words.length === 0 ? [] : [`_mini_isolate_words ${values.words.map(quoted).join(" ")}`]),
    ...(values.boxes ? ["_mini_isolate_boxes"] : []),
    ...(values.files ? ["_mini_isolate_files"] : []),
  ];
  return parts.length === 0 ? ":" : parts.join("; ");
}

function quoted(word: string): string {
  return /^[a-zA-Z0-9_.+-]+$/.test(word) ? word : `'${word}'`;
}

/** `_mini_isolate_complete WORD...` in the words of both shells: the last word is the one that is completed. */
function body(): string {
  const names = Object.keys(flags) as FlagName[];
  const withValue = names.filter((name) => valuesOf(name) !== null);
  const takesProgram = commandNames.filter((name) => commands[name].operands === "program" || commands[name].operands === "source");
  return `# The value of a flag. 1: there is none.
_mini_isolate_value() {
  case "$1" in
${withValue.map((name) => `    --${name}) ${offer(valuesOf(name)!)} ;;`).join("\n")}
    *) return 1 ;;
  esac
  return 0
}
# The flags of a command, or of a command and its verb.
_mini_isolate_flags() {
  case "$1" in
${places().map(({ command, verb }) => `    ${verb === null ? command : `'${command} ${verb}'`}) _mini_isolate_words ${flagsAfter(command, verb).map((name) => `--${name}`).join(" ")} --help ;;`).join("\n")}
  esac
}
# The words that are no flags.
_mini_isolate_operand() {
  case "$1" in
${places().flatMap(({ command, verb }) => {
    if (verb === null) return firstWordsOf(command).length === 0 ? [] : [`    ${command}) _mini_isolate_words ${firstWordsOf(command).join(" ")} ;;`];
    const values = wordsAfter(command, verb);
    return values === null ? [] : [`    '${command} ${verb}') ${offer(values)} ;;`];
  }).join("\n")}
    run) _mini_isolate_programs ;;
    execute|judge) _mini_isolate_files ;;
    help) _mini_isolate_words ${[...commandNames, ...topicNames].join(" ")} ;;
  esac
}
_mini_isolate_complete() {
  local command= verb= previous= current= word
  while [ $# -gt 1 ]; do
    word=$1; shift
    if [ -z "$command" ]; then command=$word; continue; fi
    case "$previous" in
      ${withValue.map((name) => `--${name}`).join("|")}) previous=; continue ;;
    esac
    case "$word" in
      --) case "$command" in ${takesProgram.join("|")}) shift $(($# - 1)); _mini_isolate_programs; return ;; esac ;;
      -*) previous=$word; continue ;;
    esac
    case "$command" in
      ${takesProgram.join("|")}) _mini_isolate_files; return ;;
    esac
    [ -n "$verb" ] || verb=$word
    previous=
  done
  current=$1
  if [ -z "$command" ]; then _mini_isolate_words ${[...commandNames, "help", "--help", "--version"].join(" ")}; return; fi
  if [ -n "$previous" ] && _mini_isolate_value "$previous"; then return; fi
  case "$current" in
    --*=*) return ;;
    -*) _mini_isolate_flags "$command\${verb:+ $verb}" ;;
    *) _mini_isolate_operand "$command\${verb:+ $verb}" ;;
  esac
}
`;
}

const boxes = `"$_mini_isolate_program" list 2>/dev/null | awk 'NR > 1 && /^[^ ]/ { print $1 }'`;

export function bashScript(): string {
  return `# Completions of mini-isolate for bash: source <(mini-isolate completions bash)
_mini_isolate_words() { COMPREPLY+=($(compgen -W "$*" -- "$_mini_isolate_current")); }
_mini_isolate_files() { local IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$_mini_isolate_current")); }
_mini_isolate_programs() { local IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -c -f -- "$_mini_isolate_current")); }
_mini_isolate_boxes() { _mini_isolate_words $(${boxes}); }
${body()}_mini_isolate() {
  local _mini_isolate_program=\${COMP_WORDS[0]} _mini_isolate_current=\${COMP_WORDS[COMP_CWORD]} words=() word
  COMPREPLY=()
  # bash makes a word of its own of each =.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do [ "$word" = = ] || words+=("$word"); done
  [ "$_mini_isolate_current" = = ] && { _mini_isolate_current=; words+=(""); }
  _mini_isolate_complete "\${words[@]}"
}
complete -F _mini_isolate mini-isolate
`;
}

export function zshScript(): string {
  return `#compdef mini-isolate
# Completions of mini-isolate for zsh: in a directory of $fpath as _mini-isolate, or source <(mini-isolate completions zsh) after compinit
_mini_isolate_words() { compadd -- "$@" }
_mini_isolate_files() { _files }
_mini_isolate_programs() { _command_names -e; _files }
_mini_isolate_boxes() { compadd -- $(${boxes}) }
${body()}_mini_isolate() {
  local _mini_isolate_program=$words[1]
  _mini_isolate_complete "\${(@)words[2,CURRENT]}"
}
if [ "$funcstack[1]" = _mini-isolate ]; then _mini_isolate "$@"; else compdef _mini_isolate mini-isolate; fi
`;
}
