/** The schema as a list of its values, for environment variables, tables and what is in force. */
import type * as v from "valibot";
import { ServeSchema } from "./schema.ts";

/** A value of the configuration that is no mapping of known keys. */
export interface Leaf {
  readonly path: readonly string[];
  /** What a text can be read as; `list`: several texts; `other`: only YAML can say it. */
  readonly kinds: readonly ("text" | "number" | "boolean" | "list" | "other")[];
  /** As it would be written; undefined: there is none. */
  readonly usual: unknown;
}

interface SchemaLike {
  readonly type: string;
  readonly wrapped?: SchemaLike;
  readonly default?: unknown;
  readonly entries?: Readonly<Record<string, SchemaLike>>;
  readonly options?: readonly (SchemaLike | string)[];
  readonly item?: SchemaLike;
}

export function leaves(): readonly Leaf[] {
  return [...leavesOf(ServeSchema as v.GenericSchema as unknown as SchemaLike, [], undefined)];
}

function* leavesOf(schema: SchemaLike, path: readonly string[], usual: unknown): Generator<Leaf> {
  if (schema.wrapped !== undefined) return yield* leavesOf(schema.wrapped, path, schema.default ?? usual);
  if (schema.type === "strict_object") {
    for (const [key, child] of Object.entries(schema.entries ?? {})) yield* leavesOf(child, [...path, key], undefined);
    return;
  }
  yield { path, kinds: [...new Set(kindsOf(schema))], usual };
  // Of what may be a mapping or a word, the parts of the mapping can be said as well.
  for (const option of schema.options ?? []) if (typeof option !== "string" && option.type === "strict_object") yield* leavesOf(option, path, undefined);
}

function kindsOf(schema: SchemaLike): Leaf["kinds"] {
  if (schema.wrapped !== undefined) return kindsOf(schema.wrapped);
  switch (schema.type) {
    case "string": case "literal": case "picklist": return ["text"];
    case "number": return ["number"];
    case "boolean": return ["boolean"];
    case "array": return schema.item?.type === "strict_object" ? ["other"] : ["list"];
    case "union": return (schema.options ?? []).flatMap((option) => (typeof option === "string" ? [] : kindsOf(option)));
    default: return ["other"];
  }
}
