/** A submission as it is asked for: everything is checked, and all that is wrong is said at once. */
import { requireCallable } from "../../callbacks/callable.ts";
import { type Content, noContent } from "../../content.ts";
import type { ServeConfig } from "../../config/config.ts";
import type { Service } from "../../service.ts";
import { unpack } from "./additional-files.ts";
import { mostCharacters, wordsOf } from "./command-line.ts";
import { isUsable, numberedLanguage, type NumberedLanguage } from "./languages.ts";
import type { Memo } from "./memo.ts";
import { multiFile, type MultiFile } from "./multi-file.ts";
import type { Parameters } from "./parameters.ts";
import { extractBytes, numberFields, numberSetting, wholeFields, type NumberField } from "./settings.ts";
import { FieldErrors, FieldReader } from "./values.ts";
import type { ZipFile } from "../../zip/read-zip.ts";

/** A submission that can be run. */
export interface Submission {
  readonly language: NumberedLanguage;
  readonly memo: Memo;
  /** null: a program of several files. */
  readonly source: Content | null;
  readonly stdin: Content;
  /** null: nothing is compared. */
  readonly expectedOutput: Content | null;
  readonly compilerWords: readonly string[];
  readonly words: readonly string[];
  readonly files: readonly ZipFile[];
  /** null: the language has a source. */
  readonly scripts: MultiFile | null;
}

/** @returns what is wrong, by field @throws IsolateError of kind Io when contents cannot be kept */
export async function readSubmission(parameters: Parameters, isBase64: boolean, service: Service): Promise<Submission | FieldErrors> {
  const errors = new FieldErrors();
  const read = new FieldReader(parameters, errors, isBase64);
  const { config, contents } = service;
  const language = languageOf(read, service);
  const source = sourceOf(read, language);
  const [stdin, expectedOutput, zip] = [read.content("stdin"), read.content("expected_output"), read.encoded("additional_files")];
  const files = filesOf(read, zip, language, config);
  const scripts = language?.kind === "multi-file" && files !== null ? scriptsOf(files, errors) : null;
  const numbers = numbersOf(read, language, config);
  const compilerOptions = optionsOf(read, language);
  const commandLineArguments = read.line("command_line_arguments", mostCharacters);
  const [compilerWords, words] = [splitField("compiler_options", compilerOptions, errors), splitField("command_line_arguments", commandLineArguments, errors)];
  const [perProcessTime, perProcessMemory] = [read.boolean("enable_per_process_and_thread_time_limit", false), read.boolean("enable_per_process_and_thread_memory_limit", false)];
  const [stderrToStdout, network] = [read.boolean("redirect_stderr_to_stdout", false), networkOf(read, config)];
  const callbackUrl = callbackOf(read, config);
  if (!errors.isEmpty) return errors;
  const keep = async (bytes: Uint8Array | null): Promise<Content | null> => (bytes === null ? null : await contents.put(bytes));
  const memo: Memo = {
    languageId: language!.id, languageName: language!.name, numbers, compilerOptions, commandLineArguments, perProcessTime, perProcessMemory, stderrToStdout, network, callbackUrl,
    hasSource: source !== null, additionalFiles: await keep(zip),
  };
  return { language: language!, memo, source: await keep(source), stdin: (await keep(stdin)) ?? noContent, expectedOutput: await keep(expectedOutput), compilerWords, words, files: files ?? [], scripts };
}

function languageOf(read: FieldReader, { languages }: Service): NumberedLanguage | null {
  const { parameters, errors } = read;
  if (!read.has("language_id")) {
    errors.add("language_id", "can't be blank");
    return null;
  }
  const written = parameters["language_id"];
  const id = typeof written === "number" ? written : typeof written === "string" && /^\s*\d{1,9}\s*$/.test(written) ? Number(written) : NaN;
  const language = Number.isInteger(id) ? numberedLanguage(languages, id) : null;
  if (language === null) errors.add("language_id", `language with id ${typeof written === "object" ? "of this type" : String(written).slice(0, 50)} doesn't exist`);
  else if (!isUsable(language)) errors.add("language_id", `language with id ${id} cannot be used here: ${language.served!.problem ?? "its compiler or interpreter is missing"}`);
  else return language;
  return null;
}

function sourceOf(read: FieldReader, language: NumberedLanguage | null): Uint8Array | null {
  // A program is bytes: it comes as Base64 whatever the request says of texts.
  const source = language?.kind === "executable" && read.errors.isEmpty ? (read.isBase64 ? read.content("source_code") : read.encoded("source_code")) : read.content("source_code");
  if (language?.kind !== "multi-file") {
    read.required("source_code", read.has("source_code") && source?.length !== 0);
    return source;
  }
  if (read.has("source_code")) read.errors.add("source_code", "must be blank: the files of the program are in additional_files");
  return null;
}

function filesOf(read: FieldReader, zip: Uint8Array | null, language: NumberedLanguage | null, config: ServeConfig): readonly ZipFile[] | null {
  if (zip === null) {
    if (language?.kind === "multi-file" && !read.has("additional_files")) read.errors.add("additional_files", "can't be blank");
    return null;
  }
  const unpacked = unpack(zip, { entries: config.bounds.files, bytes: extractBytes(config) });
  if ("files" in unpacked) return unpacked.files;
  read.errors.add("additional_files", unpacked.problem);
  return null;
}

function scriptsOf(files: readonly ZipFile[], errors: FieldErrors): MultiFile | null {
  const scripts = multiFile(files);
  if (typeof scripts !== "string") return scripts;
  errors.add("additional_files", scripts);
  return null;
}

function numbersOf(read: FieldReader, language: NumberedLanguage | null, config: ServeConfig): Readonly<Record<NumberField, number>> {
  const numbers = Object.fromEntries(numberFields.map((field) => {
    const { usual, range } = numberSetting(field, config);
    return [field, read.number(field, usual, range, wholeFields.includes(field))];
  })) as Record<NumberField, number>;
  // In less, not even the runtime of the language could begin.
  const least = Math.ceil((language?.served?.leastMemory ?? 0) / 1024);
  if (numbers.memory_limit >= least) return numbers;
  if (read.has("memory_limit")) read.errors.add("memory_limit", `must be greater than or equal to ${least} for ${language!.name}`);
  return { ...numbers, memory_limit: least };
}

function optionsOf(read: FieldReader, language: NumberedLanguage | null): string | null {
  const options = read.line("compiler_options", mostCharacters);
  if (options !== null && language !== null && language.served?.isCompiled !== true) read.errors.add("compiler_options", "can only be set for languages that are compiled");
  return options;
}

function splitField(field: string, text: string | null, errors: FieldErrors): readonly string[] {
  const words = wordsOf(text);
  if (words === null) errors.add(field, "has a quotation mark without an end, or ends with a backslash");
  return words ?? [];
}


function networkOf(read: FieldReader, config: ServeConfig): boolean {
  const isAsked = read.boolean("enable_network", false);
  if (isAsked && config.network !== "allowed") read.errors.add("enable_network", "cannot be enabled: this service does not allow it");
  return isAsked;
}

function callbackOf(read: FieldReader, config: ServeConfig): string | null {
  const url = read.line("callback_url", 2048);
  if (url === null) return null;
  const problem = config.callbacks.allowed ? requireCallable(url, config.callbacks.privateNetworks) : "cannot be set: this service calls nobody back";
  if (problem !== null) read.errors.add("callback_url", problem);
  return url;
}
