/** What a client of SandboxFusion asks for. */
import type { LanguageCatalog, ServedLanguage } from "../../languages.ts";
import { clashOf, fileNameProblem, plainName } from "../file-name.ts";
import { FieldReader, InvalidRequest } from "./validation.ts";

export interface RunCodeRequest {
  readonly language: ServedLanguage;
  readonly code: string;
  /** Seconds. */
  readonly compileTimeout: number;
  readonly runTimeout: number;
  /** Bytes; null: as much as the service allows. */
  readonly memory: number | null;
  readonly stdin: string;
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  readonly fetchFiles: readonly string[];
}

/** Names that neither ids nor aliases of packs know. */
const otherNames: Readonly<Record<string, string>> = { nodejs: "javascript", kotlin_script: "kotlin", R: "r", D: "d", sql: "sqlite" };

const usualTimeout = 10;
const unlimitedMemory = -1;
const bytesPerMegabyte = 1024 * 1024;

/** @param allowed ids of the languages that the caller may use; null: all @throws InvalidRequest with everything that is wrong */
export function readRunCode(body: Readonly<Record<string, unknown>>, catalog: LanguageCatalog, allowed: readonly string[] | null, mostFiles: number): RunCodeRequest {
  const fields = new FieldReader(body);
  const code = fields.text("code");
  const language = readLanguage(fields, catalog, allowed);
  const megabytes = fields.integer("memory_limit_MB", unlimitedMemory);
  const least = language?.leastMemory ?? 0;
  if (megabytes >= 0 && megabytes * bytesPerMegabyte < least) fields.report("greater_than_equal", ["memory_limit_MB"], `Input should be greater than or equal to ${Math.ceil(least / bytesPerMegabyte)}`, megabytes, { ge: Math.ceil(least / bytesPerMegabyte) });
  const files = fields.textsByName("files").map(([name, text]) => ({ name: checkedName(fields, ["files", name], name), bytes: fromBase64(fields, name, text) }));
  const clash = clashOf(files.map(({ name }) => name));
  if (clash !== null) fields.report("value_error", ["files"], `Value error, ${clash}`, null);
  const fetchFiles = fields.texts("fetch_files").map((name, index) => checkedName(fields, ["fetch_files", index], name));
  for (const [name, list] of [["files", files], ["fetch_files", fetchFiles]] as const) {
    if (list.length > mostFiles) fields.report("too_long", [name], `At most ${mostFiles} are allowed, not ${list.length}`, null);
  }
  const request = {
    code,
    compileTimeout: fields.number("compile_timeout", usualTimeout),
    runTimeout: fields.number("run_timeout", usualTimeout),
    memory: megabytes < 0 ? null : megabytes * bytesPerMegabyte,
    stdin: fields.optionalText("stdin"),
    files,
    fetchFiles: [...new Set(fetchFiles)],
  };
  if (language === null || fields.errors.length > 0) throw new InvalidRequest(fields.errors);
  return { ...request, language };
}

function readLanguage(fields: FieldReader, catalog: LanguageCatalog, allowed: readonly string[] | null): ServedLanguage | null {
  const before = fields.errors.length;
  const name = fields.text("language");
  if (fields.errors.length > before) return null;
  const found = catalog.find(name) ?? catalog.find(otherNames[name] ?? name);
  if (found?.isThere === true && (allowed === null || allowed.includes(found.id))) return found;
  const expected = catalog.all.filter(({ id, isThere }) => isThere && (allowed === null || allowed.includes(id))).map(({ id }) => `'${id}'`).join(", ");
  const problem = found?.problem ?? null;
  fields.report("literal_error", ["language"], `Input should be ${expected}${problem === null ? "" : ` (${problem})`}`, name, { expected });
  return null;
}

function checkedName(fields: FieldReader, loc: readonly (string | number)[], name: string): string {
  const problem = fileNameProblem(name);
  if (problem === null) return plainName(name);
  fields.report("value_error", loc, `Value error, the name cannot be used: ${problem}`, name);
  return name;
}

function fromBase64(fields: FieldReader, name: string, text: string): Uint8Array {
  const plain = text.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(plain)) fields.report("value_error", ["files", name], "Value error, it is not Base64", text.slice(0, 100));
  return Buffer.from(plain, "base64");
}
