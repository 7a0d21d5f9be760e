/** From a line to a request: everything is checked here, before anything is touched. */
import { splitWords } from "../../language/words.ts";
import { configError } from "../../model/errors.ts";
import { scanJson } from "../../state/json-scan.ts";
import { checkRequest, type ConfigFields, type OwnFields } from "./schema.ts";

export type RequestId = string | number | null;

/** A request whose fields go together. */
export interface BatchRequest {
  readonly fields: OwnFields;
  readonly config: ConfigFields;
  /** null: there is a source. */
  readonly command: readonly string[] | null;
}

/** A line that is JSON, and whose it is. */
export interface ParsedLine {
  readonly id: RequestId;
  /** @throws IsolateError of kind Config */
  request(): BatchRequest;
}

/** @throws IsolateError of kind Config for a line that is not one JSON object */
export function parseLine(text: string): ParsedLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notJson(text);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw configError("cannot use the line: it is no JSON object", 'write one object a line, such as {"id":"1","command":["/bin/true"]}');
  const object = value as Readonly<Record<string, unknown>>;
  const { id } = object;
  return {
    id: typeof id === "string" || Number.isSafeInteger(id) ? (id as string | number) : null,
    request: () => {
      // A name that comes twice, or too many levels.
      if (scanJson(text).fault !== null) throw notJson(text);
      return requestOf(object);
    },
  };
}

function notJson(text: string): Error {
  const { fault } = scanJson(text);
  if (fault === null) return configError("cannot use the line: it is no JSON");
  return configError(`cannot use the line: column ${fault.offset + 1}: ${fault.message.replace("the end of the file", "the end of the line")}`);
}

function requestOf(object: Readonly<Record<string, unknown>>): BatchRequest {
  refuseHalfCharacters(object, "");
  const { fields, config } = checkRequest(object);
  const one = (...names: readonly (keyof OwnFields)[]) => {
    const given = names.filter((name) => fields[name] !== undefined);
    if (given.length > 1) throw configError(`cannot use the request: ${given.join(" and ")} exclude each other`);
    return given[0] ?? null;
  };
  const what = one("command", "source", "source_text");
  if (what === null) throw configError("cannot use the request: it has nothing to run", "give it command, source or source_text");
  one("stdin", "stdin_base64", "input", "stdin_file");
  one("stderr_file", "stderr_to_stdout");
  const ofSource = (["source_name", "language", "pack", "add", "entry_point", "args", "no_cache"] as const).find((name) => fields[name] !== undefined);
  if (what === "command" && ofSource !== undefined) throw configError(`cannot use the request: ${ofSource} goes with a source, not with command`);
  if (what === "source" && fields.source_name !== undefined) throw configError("cannot use the request: source_name goes with source_text", "a source that is a file has a name");
  refuseFilesInFiles(Object.keys(fields.files ?? {}));
  return { fields, config, command: what === "command" ? commandOf(fields.command!) : null };
}

/** One of them would be lost. */
function refuseFilesInFiles(names: readonly string[]): void {
  const all = new Set(names);
  for (const name of names) {
    for (let slash = name.indexOf("/"); slash >= 0; slash = name.indexOf("/", slash + 1)) {
      const above = name.slice(0, slash);
      if (all.has(above)) throw configError(`cannot use the request: files: ${JSON.stringify(above)} is a file, and the directory of ${JSON.stringify(name)}`);
    }
  }
}

function commandOf(command: string | readonly string[]): readonly string[] {
  const words = typeof command === "string" ? splitWords(command) : command;
  if (words[0] === undefined || words[0] === "") throw configError("cannot use the request: command: the program's name is empty");
  return words;
}

/** `"\ud800"` is JSON and no text: what reached the program would be something else. */
function refuseHalfCharacters(value: unknown, path: string): void {
  if (typeof value === "string" && !value.isWellFormed()) throw configError(`cannot use the request: ${path}: it has half a character (a surrogate without the other)`);
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    refuseHalfCharacters(name, path === "" ? "a name" : path);
    refuseHalfCharacters(member, path === "" ? name : `${path}.${name}`);
  }
}
