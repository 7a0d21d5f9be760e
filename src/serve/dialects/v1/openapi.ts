/** The OpenAPI 3.1 document, made from the schemas that requests are checked with. */
import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import type { Answer, Operation } from "./operation.ts";
import { CheckSchema, CompileSchema, JobSchema, JobsSchema, OutFileSchema, StatusSchema, TestResultSchema } from "./schema/answer.ts";
import { BatchRequestSchema, CheckerSchema, JobRequestSchema, TestSchema } from "./schema/request.ts";
import { EventSchema, InfoSchema, LanguageSchema, LanguagesSchema, ProblemSchema, QueueSchema } from "./schema/service.ts";
import { BytesSchema, FileSchema, LimitsSchema } from "./schema/values.ts";

/** Those that have a name in the document. */
const definitions: Readonly<Record<string, v.GenericSchema>> = {
  Job: JobSchema, Jobs: JobsSchema, TestResult: TestResultSchema, Compile: CompileSchema, Check: CheckSchema, OutFile: OutFileSchema, Status: StatusSchema, JobRequest: JobRequestSchema, BatchRequest: BatchRequestSchema, Test: TestSchema, Checker: CheckerSchema, File: FileSchema,
  Bytes: BytesSchema, Limits: LimitsSchema, Event: EventSchema, Language: LanguageSchema, Languages: LanguagesSchema, Info: InfoSchema, Queue: QueueSchema, Problem: ProblemSchema,
};

type Json = Readonly<Record<string, unknown>>;

/** JSON Schema of version 2020-12. Checks that are functions have no form there; their descriptions say what they want. */
function schemaOf(schema: v.GenericSchema, own = false): Json {
  const others = own ? Object.fromEntries(Object.entries(definitions).filter(([, known]) => known !== schema)) : definitions;
  const { $schema: _schema, $defs: _defs, ...plain } = toJsonSchema(schema, {
    target: "draft-2020-12", errorMode: "ignore", typeMode: "output", definitions: others, overrideRef: ({ referenceId }) => place(referenceId),
    overrideSchema: ({ valibotSchema, jsonSchema }) => (valibotSchema.type === "strict_object" ? withReferences(valibotSchema as unknown as WithEntries, jsonSchema as Json, others) : null),
  }) as Json;
  return plain;
}

interface WithEntries {
  readonly entries: Readonly<Record<string, { readonly type: string; readonly wrapped?: v.GenericSchema } & Partial<v.SchemaWithPipe<readonly [v.GenericSchema]>>>>;
}

/** A schema with words of its own about it, where it is used, is another one to the converter. */
function withReferences({ entries }: WithEntries, schema: Json, known: typeof definitions): Json {
  const properties = Object.entries(schema["properties"] as Readonly<Record<string, Json>>).map(([key, converted]) => {
    const { wrapped, ...plain } = entries[key]!;
    const used = (wrapped ?? plain) as { readonly pipe?: readonly v.GenericSchema[] };
    const name = Object.keys(known).find((each) => known[each] === used.pipe?.[0]);
    return [key, name === undefined ? converted : { $ref: place(name), ...(converted["description"] === undefined ? {} : { description: converted["description"] }) }] as const;
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}

const place = (name: string) => `#/components/schemas/${name}`;

/** @param version of the service */
export function openApi(operations: readonly Operation[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    const path = `/v1${operation.path.replace(/:(\w+)/g, "{$1}")}`;
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationOf(operation) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "mini-isolate", version, summary: "Runs untrusted programs under strict limits and says truthfully what happened.", license: { name: "MIT", identifier: "MIT" } },
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    servers: [{ url: "/" }],
    security: [{ bearer: [] }, {}],
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(definitions).map(([name, schema]) => [name, schemaOf(schema, true)])),
      securitySchemes: { bearer: { type: "http", scheme: "bearer", description: "A key, if the service has keys." } },
    },
  };
}

function operationOf({ id, summary, description, scope, params = {}, query = {}, headers = {}, body, answers, refuses = [] }: Operation): Json {
  const parameters = [...parametersOf("path", params), ...parametersOf("query", query), ...parametersOf("header", headers)];
  const codes = refuses.length === 0 ? "" : ` Codes of 422: ${["invalid-request", ...refuses].map((code) => `\`${code}\``).join(", ")}.`;
  return {
    operationId: id,
    summary,
    ...(description === undefined && codes === "" ? {} : { description: `${description ?? ""}${codes}`.trim() }),
    ...(scope === "open" ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: { "application/json": { schema: schemaOf(body) } } } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, Number(status) < 400 ? answerOf(answer) : { ...refusal, description: answer.description }])),
      ...(body === undefined ? {} : { 429: { ...refusal, description: "The key has used up what it may ask for.", headers: retryAfter }, 503: { ...refusal, description: "The queue is full, or the service is about to end.", headers: retryAfter } }),
      default: refusal,
    },
  };
}

const refusal = { description: "It was refused.", content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } } };
const retryAfter = { "Retry-After": { description: "Seconds.", schema: { type: "integer" } } };

function answerOf({ description, schema, type }: Answer): Json {
  if (schema === null && type === undefined) return { description };
  return { description, content: { [type ?? "application/json"]: schema === null ? {} : { schema: schemaOf(schema) } } };
}

function parametersOf(place: "path" | "query" | "header", schemas: Readonly<Record<string, v.GenericSchema>>): Json[] {
  return Object.entries(schemas).map(([name, schema]) => {
    const { description, ...plain } = schemaOf(schema);
    return { name, in: place, required: place === "path", ...(description === undefined ? {} : { description }), schema: plain };
  });
}
