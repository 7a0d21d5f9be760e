/** A source as callers of the library give it: a file, or the text of one. */
import { configError } from "../model/errors.ts";
import type { SourceRequest as WholeSourceRequest } from "../source/source-request.ts";
import { checkSource } from "./check-options.ts";
import type { SourceRequest } from "./options.ts";
import { withoutUndefined } from "./whole.ts";

/** A path alone is a source. */
export function asSource(source: string | SourceRequest): SourceRequest {
  return typeof source === "object" ? source : { path: source };
}

/** @throws IsolateError of kind Config for a field that is wrong, for what says too little or too much about the source */
export function wholeSource(source: SourceRequest): WholeSourceRequest {
  checkSource(source);
  const { path, text, bytes, fileName, ...others } = withoutUndefined(source);
  return { language: null, packs: [], ...others, ...contentOf({ path, text, bytes, fileName }, others.language ?? null) } as WholeSourceRequest;
}

type Content = Pick<SourceRequest, "path" | "text" | "bytes" | "fileName">;

function contentOf({ path, text, bytes, fileName }: Content, language: string | null): Pick<WholeSourceRequest, "path" | "bytes"> {
  if (text !== undefined && bytes !== undefined) throw configError("cannot use text together with bytes", "leave one of them out");
  if (path !== undefined && fileName !== undefined) throw configError("cannot use path together with fileName", "fileName is the name of a source that is given by text or bytes");
  const content = text === undefined ? bytes : new TextEncoder().encode(text);
  const name = path ?? fileName;
  if (content === undefined) {
    if (path === undefined) throw configError("cannot run a source without a path", "give path; with text or bytes it is only the name");
    return { path };
  }
  if (name === undefined && language === null) throw configError("cannot tell the language of a source without a name", "give fileName with an extension, or language");
  return { path: name ?? "main", bytes: content };
}
