/** Says in words what valibot found: which field, and what should stand there. */
import type * as v from "valibot";
import { nearestName } from "../model/nearest.ts";

/** One thing that is wrong, at a path of keys and list positions. */
export interface FieldProblem {
  readonly path: readonly (string | number)[];
  /** The key itself is wrong, not its value. */
  readonly ofKey: boolean;
  readonly message: string;
  /** The key that an unknown one was probably meant to be. */
  readonly meant?: string;
}

type Issue = v.BaseIssue<unknown>;

const typeNames: Readonly<Record<string, string>> = { string: "text", number: "a number", Array: "a list", Object: "a mapping", boolean: "true or false" };

/**
 * One or more problems: of the keys of a mapping that nobody knows, valibot names only the first, and what is wrong with the parts of
 * a value that may have several forms is told of the form that fits best.
 * @param schema the schema that the issue comes from: the known keys are read from it
 */
export function describeIssue(issue: Issue, schema: v.GenericSchema): FieldProblem[] {
  return deepestOf(issue).flatMap((deepest) => describeDeepest(issue, deepest, schema));
}

function describeDeepest(issue: Issue, deepest: Issue, schema: v.GenericSchema): FieldProblem[] {
  const path = [...pathOf(issue), ...(deepest === issue ? [] : pathOf(deepest))];
  const last = deepest.path?.at(-1);
  // To valibot a list is a mapping whose keys are wrong.
  if (last?.origin === "key" && Array.isArray(last.input)) return [{ path: path.slice(0, -1), ofKey: false, message: "must be a mapping, not a list" }];
  if (deepest.type === "strict_object" && deepest.expected === "never") return unknownKeys(path.slice(0, -1), Object.keys(last?.input ?? {}), schema);
  const ofKey = last?.origin === "key";
  return [{ path, ofKey, message: messageFor(deepest, ofKey) }];
}

/** More of one mapping are not told. */
const unknownKeyLimit = 20;

function unknownKeys(path: FieldProblem["path"], keys: readonly string[], schema: v.GenericSchema): FieldProblem[] {
  const known = keysAt(schema, path);
  return keys
    .filter((key) => !known.includes(key))
    .slice(0, unknownKeyLimit)
    .map((key) => {
      const near = nearestName(key, known);
      if (near === null) return { path: [...path, key], ofKey: true, message: `unknown key (known here: ${known.join(" ")})` };
      return { path: [...path, key], ofKey: true, message: `unknown key, did you mean '${near}'?`, meant: near };
    });
}

function messageFor(issue: Issue, ofKey: boolean): string {
  if (issue.kind !== "schema") return issue.message;
  if (issue.type === "strict_object" && ofKey) return "is missing";
  if (issue.type === "literal" || issue.type === "picklist") return issue.message;
  return `must be ${expectedTypes(issue.expected ?? "")}, not ${typeOf(issue.input)}`;
}

/** `(string | Array)` to `text or a list`. */
function expectedTypes(expected: string): string {
  const names = expected.replace(/^\(|\)$/g, "").split(" | ").map((name) => typeNames[name] ?? name);
  return [...new Set(names)].join(" or ");
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  return typeNames[typeof value] ?? "a mapping";
}

/** A union says only that nothing fitted; the option that went deepest into the value says why, and in how many places. */
function deepestOf(issue: Issue): readonly Issue[] {
  const inner = (issue.issues ?? []).filter((sub) => (sub.path?.length ?? 0) > 0);
  return inner.length > 0 ? inner : [issue];
}

function pathOf(issue: Issue): (string | number)[] {
  return (issue.path ?? []).map((item) => (typeof item.key === "number" ? item.key : String(item.key)));
}

/** The keys that a mapping at `path` may have. */
function keysAt(schema: v.GenericSchema, path: readonly (string | number)[]): string[] {
  let current = unwrap(schema);
  for (const step of path) current = unwrap((typeof step === "number" ? current.item : current.entries?.[step]) ?? current);
  return Object.keys(current.entries ?? {});
}

interface SchemaShape {
  readonly entries?: Readonly<Record<string, v.GenericSchema>>;
  readonly item?: v.GenericSchema;
  readonly wrapped?: v.GenericSchema;
}

function unwrap(schema: v.GenericSchema | SchemaShape): SchemaShape {
  const shape = schema as SchemaShape;
  return shape.wrapped === undefined ? shape : unwrap(shape.wrapped);
}
