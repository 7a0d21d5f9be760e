/** Names of entries: whoever made the zip file chose them. */
import { ZipFault } from "./zip-fault.ts";

const mostParts = 32;
const mostBytesOfPart = 200;

/** @throws ZipFault for a name that leads elsewhere, or that no file here may have */
export function nameInZip(raw: Uint8Array): { readonly name: string; readonly isDirectory: boolean } {
  let written: string;
  try {
    written = new TextDecoder("utf-8", { fatal: true }).decode(raw);
  } catch {
    throw new ZipFault("a name in it is not UTF-8");
  }
  const shown = JSON.stringify(written.slice(0, 100));
  // Some tools of Windows write its separator.
  const path = written.replaceAll("\\", "/");
  if (/\p{Cc}/u.test(path)) throw new ZipFault(`the name ${shown} has a control character`);
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) throw new ZipFault(`the name ${shown} is absolute`);
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw new ZipFault(`the name ${shown} leads out of the directory`);
  const isDirectory = path.endsWith("/");
  if (parts.length === 0 && !isDirectory) throw new ZipFault(`the name ${shown} is no name`);
  if (parts.length > mostParts || parts.some((part) => Buffer.byteLength(part) > mostBytesOfPart)) throw new ZipFault(`the name ${shown} is too long`);
  return { name: parts.join("/"), isDirectory };
}
