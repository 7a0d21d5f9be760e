/** Contents as the text of an answer. */
import type { Content, Contents } from "../content.ts";
import { HttpFault } from "../http/dialect.ts";

/** The bytes. @throws HttpFault 500 when they are gone */
export async function contentBytes(contents: Contents, content: Content): Promise<Uint8Array> {
  const bytes = await contents.get(content);
  if (bytes === null) throw new HttpFault(500, "internal", "a part of the result is gone from the store");
  return bytes;
}

/** As text; what is not UTF-8 becomes U+FFFD. @throws HttpFault 500 when it is gone */
export async function contentText(contents: Contents, content: Content): Promise<string> {
  if ("text" in content) return content.text;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await contentBytes(contents, content));
}
