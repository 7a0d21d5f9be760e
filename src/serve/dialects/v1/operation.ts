/** One operation of the own API: what the router, the checks and the OpenAPI document are made from. */
import * as v from "valibot";
import type { Call, Route, Scope } from "../../http/dialect.ts";
import { shapeProblem } from "../../http/json-shape.ts";
import { fromIssues, InvalidRequest, type FieldError } from "./invalid-request.ts";

/** Values of a request in which all mistakes are looked for. */
const mostForAllMistakes = 5000;

export interface Answer {
  readonly description: string;
  /** Of JSON; null: there is no body, or it is not JSON. */
  readonly schema: v.GenericSchema | null;
  /** Left out: `application/json`. */
  readonly type?: string;
}

export interface Operation {
  readonly method: Route["method"];
  /** Below `/v1`, with `:name` for parameters. */
  readonly path: string;
  readonly scope: Scope;
  /** As {@link Route} has it. */
  readonly beginsNothing?: boolean;
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  /** Values of parameters in the path. */
  readonly params?: Readonly<Record<string, v.GenericSchema>>;
  readonly query?: Readonly<Record<string, v.GenericSchema>>;
  readonly headers?: Readonly<Record<string, v.GenericSchema>>;
  readonly body?: v.GenericSchema;
  /** By status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Codes of what is refused, besides what each operation may refuse. */
  readonly refuses?: readonly string[];
  handle(call: Call): Promise<Response> | Response;
}

/** The parameters of the query, checked. @throws InvalidRequest for a value that does not fit, and for a parameter that is not known */
export function queryOf<Q extends Readonly<Record<string, v.GenericSchema>>>(url: URL, query: Q): { readonly [K in keyof Q]: v.InferOutput<Q[K]> | undefined } {
  const values: Record<string, unknown> = {};
  const errors: FieldError[] = [];
  for (const [name, text] of url.searchParams) {
    const schema = query[name];
    if (schema === undefined) errors.push({ path: `?${name}`, message: `is not known: the parameters are ${Object.keys(query).join(", ") || "none"}` });
    else {
      const read = v.safeParse(schema, text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text));
      if (read.success) values[name] = read.output;
      else errors.push({ path: `?${name}`, message: read.issues[0].message });
    }
  }
  if (errors.length > 0) throw new InvalidRequest(errors);
  return values as { readonly [K in keyof Q]: v.InferOutput<Q[K]> | undefined };
}

/** The body, checked. @throws InvalidRequest, HttpFault */
export async function bodyOf<S extends v.GenericSchema>(call: Call, schema: S): Promise<{ readonly value: v.InferOutput<S>; readonly raw: unknown }> {
  const raw = await call.json();
  // A mistake in each of very many values is not looked for: of these, the first one is told.
  const isLarge = shapeProblem(await call.bytes(), { depth: Infinity, values: mostForAllMistakes }) !== null;
  const read = v.safeParse(schema, raw, { abortEarly: isLarge });
  if (!read.success) throw fromIssues(read.issues);
  return { value: read.output, raw };
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${JSON.stringify(body)}\n`, { status, headers: { "Content-Type": "application/json", "Cache-Control": "no-store", ...headers } });
}
