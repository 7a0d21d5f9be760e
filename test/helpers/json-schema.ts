/** A small validator of JSON Schema 2020-12, with the words that the OpenAPI document uses. A word that it does not know is an error, so nothing passes unseen. */

type Schema = Readonly<Record<string, any>>;

const kinds: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  array: Array.isArray,
  object: isObject,
};

const formats: Readonly<Record<string, RegExp>> = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  "date-time": /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/,
};

/** Words that say nothing about values. */
const silent = new Set(["$schema", "title", "description", "examples", "default"]);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** What of each word a value does not fulfil. */
const words: Readonly<Record<string, (argument: any, value: any, schema: Schema, root: Schema, path: string) => string[]>> = {
  $ref: (argument, value, _schema, root, path) => faults(target(argument, root), value, root, path),
  type: (argument, value, _schema, _root, path) => ([argument].flat().some((kind) => kinds[kind]!(value)) ? [] : [`${path}: is no ${argument}`]),
  enum: (argument, value, _schema, _root, path) => (argument.some((each: unknown) => same(each, value)) ? [] : [`${path}: is none of ${argument}`]),
  const: (argument, value, _schema, _root, path) => (same(argument, value) ? [] : [`${path}: is not ${argument}`]),
  anyOf: (argument, value, _schema, root, path) => {
    const all = argument.map((each: Schema) => faults(each, value, root, path)) as string[][];
    return all.some((each) => each.length === 0) ? [] : [`${path}: fits none of ${argument.length} forms (${all.map((each) => each[0]).join("; ")})`];
  },
  properties: (argument, value, _schema, root, path) => (isObject(value) ? Object.entries(value).flatMap(([name, each]) => (Object.hasOwn(argument, name) ? faults(argument[name], each, root, `${path}.${name}`) : [])) : []),
  required: (argument, value, _schema, _root, path) => (isObject(value) ? argument.filter((name: string) => !Object.hasOwn(value, name)).map((name: string) => `${path}: has no ${name}`) : []),
  additionalProperties: (argument, value, schema, root, path) => {
    if (!isObject(value) || argument === true) return [];
    const others = Object.entries(value).filter(([name]) => !Object.hasOwn(schema["properties"] ?? {}, name));
    return others.flatMap(([name, each]) => (argument === false ? [`${path}: has ${name}, which is not known`] : faults(argument, each, root, `${path}.${name}`)));
  },
  propertyNames: (argument, value, _schema, root, path) => (isObject(value) ? Object.keys(value).flatMap((name) => faults(argument, name, root, `${path} (name)`)) : []),
  items: (argument, value, _schema, root, path) => (Array.isArray(value) ? value.flatMap((each, index) => faults(argument, each, root, `${path}.${index}`)) : []),
  minItems: (argument, value, _schema, _root, path) => (Array.isArray(value) && value.length < argument ? [`${path}: is too short`] : []),
  minimum: (argument, value, _schema, _root, path) => (typeof value === "number" && value < argument ? [`${path}: is below ${argument}`] : []),
  maximum: (argument, value, _schema, _root, path) => (typeof value === "number" && value > argument ? [`${path}: is above ${argument}`] : []),
  minLength: (argument, value, _schema, _root, path) => (typeof value === "string" && value.length < argument ? [`${path}: is too short`] : []),
  maxLength: (argument, value, _schema, _root, path) => (typeof value === "string" && value.length > argument ? [`${path}: is too long`] : []),
  pattern: (argument, value, _schema, _root, path) => (typeof value === "string" && !new RegExp(argument, "u").test(value) ? [`${path}: does not match ${argument}`] : []),
  format: (argument, value, _schema, _root, path) => (typeof value === "string" && !formats[argument]!.test(value) ? [`${path}: is no ${argument}`] : []),
};

/** @param root the document that references lead into @returns what does not fit, with the place in the value; empty: it is valid */
export function faults(schema: Schema, value: unknown, root: Schema, path = "$"): string[] {
  return Object.entries(schema).flatMap(([word, argument]) => {
    if (silent.has(word)) return [];
    const check = words[word];
    if (check === undefined) throw new Error(`${path}: the validator does not know the word ${word}`);
    return check(argument, value, schema, root, path);
  });
}

/** @throws Error when there is no such place */
export function target(reference: string, root: Schema): Schema {
  const found = reference.replace(/^#\//, "").split("/").reduce<any>((at, part) => at?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], root);
  if (!reference.startsWith("#/") || found === undefined) throw new Error(`${reference} leads nowhere`);
  return found as Schema;
}
