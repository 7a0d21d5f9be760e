/** The routes of the file store. */
import type { Call, Route } from "../../http/dialect.ts";
import { HttpFault } from "../../http/dialect.ts";
import { type FileStore, StoreTooSmall } from "./file-store.ts";

type StoreOf = (call: Call) => FileStore;

export function fileRoutes(storeOf: StoreOf): readonly Route[] {
  return [
    { method: "GET", path: "/file", scope: "run", handle: (call) => Response.json(storeOf(call).list(call.caller.key)) },
    { method: "POST", path: "/file", scope: "run", handle: (call) => upload(call, storeOf(call)) },
    { method: "GET", path: "/file/:id", scope: "run", handle: (call) => download(call, storeOf(call)) },
    { method: "DELETE", path: "/file/:id", scope: "run", handle: (call) => remove(call, storeOf(call)) },
  ];
}

async function upload(call: Call, store: FileStore): Promise<Response> {
  // Before the body: of a request whose body was read, some headers are gone.
  const type = call.request.headers.get("content-type") ?? "";
  const file = await fileOf(await call.bytes(), type);
  if (file === null) throw new HttpFault(400, "invalid-form", "give the file as the field 'file' of a form (multipart/form-data)");
  try {
    return Response.json(store.add(file.name, new Uint8Array(await file.arrayBuffer()), call.caller.key));
  } catch (error) {
    if (error instanceof StoreTooSmall) throw new HttpFault(413, "body-too-large", error.message);
    throw error;
  }
}

async function fileOf(bytes: Uint8Array, type: string): Promise<File | null> {
  try {
    const form = await new Response(bytes, { headers: { "content-type": type } }).formData();
    const file = form.get("file");
    return file instanceof File ? file : null;
  } catch {
    return null;
  }
}

function download({ params, caller }: Call, store: FileStore): Response {
  const file = store.get(params["id"]!, caller.key);
  if (file === null) return new Response(null, { status: 404 });
  return new Response(file.bytes, {
    headers: { "content-type": typeOf(file.name), "content-disposition": attachment(file.name), "x-content-type-options": "nosniff" },
  });
}

function remove({ params, caller }: Call, store: FileStore): Response {
  return new Response(null, { status: store.remove(params["id"]!, caller.key) ? 200 : 404 });
}

function typeOf(name: string): string {
  return Bun.file(name).type;
}

/** RFC 6266: a plain name for everybody, and the real one. */
function attachment(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, "_");
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)}`;
}
