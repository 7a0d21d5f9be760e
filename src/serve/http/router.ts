/** Which dialect and which of its routes a path belongs to. */
import type { Dialect, Route, SocketRoute } from "./dialect.ts";

export type Found =
  | { readonly kind: "route"; readonly dialect: Dialect; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: "socket"; readonly dialect: Dialect; readonly route: SocketRoute; readonly params: Readonly<Record<string, string>> }
  /** The path is there, but not for this method. */
  | { readonly kind: "method"; readonly dialect: Dialect; readonly allowed: readonly string[] }
  /** Nothing is there; the dialect says so. */
  | { readonly kind: "nothing"; readonly dialect: Dialect };

/** A path of a dialect, below one of its prefixes. */
interface Place {
  readonly dialect: Dialect;
  readonly parts: readonly string[];
  readonly routes: Route[];
  socket: SocketRoute | null;
}

export class Router {
  readonly #dialects: readonly { readonly dialect: Dialect; readonly prefixes: readonly string[] }[];
  /** Without parameters. */
  readonly #plain = new Map<string, Place[]>();
  /** With parameters, by the number of their parts. */
  readonly #patterns = new Map<number, Place[]>();

  /**
   * @param dialects in the order in which they are asked. The last one speaks for paths that belong to nobody
   * @param own it is also found without a prefix; null: none is
   */
  constructor(dialects: readonly Dialect[], own: Dialect | null = null) {
    this.#dialects = dialects.map((dialect) => ({ dialect, prefixes: dialect === own ? [...new Set([...dialect.prefixes, ""])] : dialect.prefixes }));
    for (const { dialect, prefixes } of this.#dialects) for (const prefix of prefixes) this.#add(dialect, prefix);
  }

  #add(dialect: Dialect, prefix: string): void {
    for (const route of dialect.routes) this.#place(dialect, `${prefix}${route.path}`).routes.push(route);
    for (const route of dialect.sockets ?? []) this.#place(dialect, `${prefix}${route.path}`).socket = route;
  }

  #place(dialect: Dialect, path: string): Place {
    const parts = partsOf(path);
    const isPlain = !parts.some((part) => part.startsWith(":"));
    const key = parts.join("/");
    const list = isPlain ? (this.#plain.get(key) ?? []) : (this.#patterns.get(parts.length) ?? []);
    if (isPlain) this.#plain.set(key, list);
    else this.#patterns.set(parts.length, list);
    const found = list.find((place) => place.dialect === dialect && place.parts.join("/") === key);
    if (found !== undefined) return found;
    const place: Place = { dialect, parts, routes: [], socket: null };
    list.push(place);
    return place;
  }

  /** @param path as it stands in the request, still with its escapes @param upgrades whether it asks to become a WebSocket */
  find(method: string, path: string, upgrades: boolean): Found {
    const parts = decoded(partsOf(path));
    const words = this.#speaker(path);
    if (parts === null) return { kind: "nothing", dialect: words };
    const places = this.#placesOf(parts);
    const wanted = method === "HEAD" ? "GET" : method;
    for (const { dialect, parts: pattern, routes, socket } of places) {
      const params = paramsOf(pattern, parts);
      if (upgrades && socket !== null && method === "GET") return { kind: "socket", dialect, route: socket, params };
      const route = routes.find((each) => each.method === wanted);
      if (route !== undefined) return { kind: "route", dialect, route, params };
    }
    if (places.length === 0) return { kind: "nothing", dialect: words };
    return { kind: "method", dialect: places[0]!.dialect, allowed: methodsOf(places) };
  }

  /** Those that are the same word for word come before those with parameters, in each dialect; dialects come in their order. */
  #placesOf(parts: readonly string[]): readonly Place[] {
    const plain = this.#plain.get(parts.join("/")) ?? [];
    const patterns = (this.#patterns.get(parts.length) ?? []).filter((place) => place.parts.every((part, index) => (part.startsWith(":") ? parts[index] !== "" : part === parts[index])));
    const order = (place: Place) => this.#dialects.findIndex(({ dialect }) => dialect === place.dialect);
    return patterns.length === 0 ? plain : [...plain, ...patterns].toSorted((a, b) => order(a) - order(b));
  }

  /** The dialect with the longest prefix of a path. */
  #speaker(path: string): Dialect {
    let best = this.#dialects.at(-1)!.dialect;
    let length = -1;
    for (const { dialect, prefixes } of this.#dialects) {
      for (const prefix of prefixes) if (prefix.length > length && (path === prefix || path.startsWith(`${prefix}/`))) [best, length] = [dialect, prefix.length];
    }
    return best;
  }
}

/** A slash at the end makes no difference. */
function partsOf(path: string): string[] {
  const parts = path.split("/").slice(1);
  if (parts.length > 1 && parts.at(-1) === "") parts.pop();
  return parts;
}

function decoded(parts: readonly string[]): string[] | null {
  try {
    return parts.map((part) => (part.includes("%") ? decodeURIComponent(part) : part));
  } catch {
    return null;
  }
}

function paramsOf(pattern: readonly string[], parts: readonly string[]): Readonly<Record<string, string>> {
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) if (part.startsWith(":")) params[part.slice(1)] = parts[index]!;
  return params;
}

function methodsOf(places: readonly Place[]): string[] {
  const methods = new Set<string>(places.flatMap(({ routes }) => routes.map(({ method }) => method as string)));
  // What is there for WebSockets alone is asked for with GET.
  if (places.some(({ socket }) => socket !== null)) methods.add("GET");
  if (methods.has("GET")) methods.add("HEAD");
  return [...methods, "OPTIONS"];
}
