// The OpenAPI document of the own API: what it is made of, and that nothing is missing.
import { expect, test } from "bun:test";
import { operations, v1 } from "../../../../../src/serve/dialects/v1/dialect.ts";
import { callDialect, FakeService } from "../../../../helpers/fake-service.ts";
import { faults, target } from "../../../../helpers/json-schema.ts";
import { document } from "../../../../helpers/v1-answers.ts";

/** Every object of the document, with its place. */
function* objects(value: unknown, place = ""): Generator<readonly [string, Record<string, any>]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [place, value as Record<string, any>];
  for (const [name, each] of Object.entries(value)) yield* objects(each, `${place}/${name}`);
}

const verbs = ["get", "put", "post", "delete"];
const documented = Object.entries<Record<string, any>>(document["paths"]).flatMap(([path, item]) => Object.entries(item).map(([verb, operation]) => ({ path, verb, operation })));

test("it is what the address /v1/openapi.json gives", async () => {
  const response = await callDialect(v1, "/v1/openapi.json", new FakeService());
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
  expect(await response.json()).toEqual({ ...document, info: { ...document["info"], version: "0.0.0" } });
});

test("it has the parts that OpenAPI 3.1 wants, and no others", () => {
  expect(Object.keys(document).toSorted()).toEqual(["components", "info", "jsonSchemaDialect", "openapi", "paths", "security", "servers"]);
  expect(document["openapi"]).toBe("3.1.0");
  expect(document["info"]).toEqual({ title: "mini-isolate", version: "1.2.3", summary: expect.any(String), license: { name: "MIT", identifier: "MIT" } });
  expect(Object.keys(document["components"]).toSorted()).toEqual(["schemas", "securitySchemes"]);
  expect(Object.keys(document["components"].schemas).filter((name) => !/^[A-Za-z0-9._-]+$/.test(name))).toEqual([]);
});

test("every route of the dialect is in it, and nothing else", () => {
  const routes = v1.routes.map(({ method, path }) => `${method.toLowerCase()} /v1${path.replace(/:(\w+)/g, "{$1}")}`);
  expect(documented.map(({ path, verb }) => `${verb} ${path}`).toSorted()).toEqual(routes.toSorted());
  expect(v1.routes.length).toBe(operations.length);
});

test("every operation has an id of its own, words about it, and an answer for success and for refusals", () => {
  const ids = documented.map(({ operation }) => operation["operationId"] as string);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, verb, operation } of documented) {
    expect(verbs).toContain(verb);
    expect(Object.keys(operation).filter((key) => !["operationId", "summary", "description", "parameters", "requestBody", "responses", "security"].includes(key))).toEqual([]);
    expect(operation["summary"]).toMatch(/^[A-Z].*[^.]$/);
    const statuses = Object.keys(operation["responses"]);
    expect([`${verb} ${path}`, statuses.some((status) => /^2/.test(status)), statuses.includes("default"), statuses.every((status) => /^(?:[2-5]\d\d|default)$/.test(status))]).toEqual([`${verb} ${path}`, true, true, true]);
    for (const answer of Object.values<any>(operation["responses"])) expect(answer.description).toMatch(/\S/);
  }
});

test("parameters of paths are those in the path, needed, and every parameter has a schema and a place", () => {
  for (const { path, operation } of documented) {
    const parameters = (operation["parameters"] ?? []) as { name: string; in: string; required: boolean; schema: object }[];
    expect(parameters.filter((one) => one.in === "path").map(({ name }) => name).toSorted()).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).toSorted());
    for (const { in: place, required, schema } of parameters) expect([["path", "query", "header"].includes(place), required, Object.keys(schema).length > 0]).toEqual([true, place === "path", true]);
    expect(new Set(parameters.map(({ name, in: place }) => `${place} ${name}`)).size).toBe(parameters.length);
  }
});

test("every reference leads to a schema, and every schema is referred to or is that of an answer", () => {
  const references = [...objects(document)].flatMap(([, { $ref }]) => (typeof $ref === "string" ? [$ref] : []));
  expect(references.length).toBeGreaterThan(20);
  for (const reference of references) expect(target(reference, document)).toBeObject();
  expect(Object.keys(document["components"].schemas).filter((name) => !references.includes(`#/components/schemas/${name}`))).toEqual([]);
});

test("schemas use words that the validator of the tests knows, and refuse what is not known", () => {
  // It throws for a word that it does not know.
  for (const schema of Object.values<Record<string, any>>(document["components"].schemas)) for (const value of [null, {}, [], "x", 1]) faults(schema, value, document);
  const request = document["components"].schemas.JobRequest as Record<string, any>;
  expect(faults(request, { language: "c", source: "x", tests: [{ stdin: { base64: "AA==" }, expected: null }], limits: { memory_limit: null } }, document)).toEqual([]);
  expect(faults(request, { sourec: "x" }, document)).toEqual(["$: has sourec, which is not known"]);
  expect(faults(request, { source: "x", checker: "lined" }, document)).toHaveLength(1);
});

test("every field of requests and of jobs has words about it", () => {
  const described = (node: Record<string, any>): boolean => node["description"] !== undefined || (node["$ref"] !== undefined && described(target(node["$ref"], document)));
  for (const name of ["JobRequest", "Test", "Job", "TestResult", "Compile", "Check", "Problem"]) {
    const { properties } = document["components"].schemas[name] as { properties: Record<string, Record<string, any>> };
    expect([name, Object.entries(properties).filter(([, node]) => !described(node)).map(([field]) => field)]).toEqual([name, []]);
  }
});
