/** Calls of the own API in unit tests. Every answer is held against the OpenAPI document. */
import { expect } from "bun:test";
import { v1 } from "../../src/serve/dialects/v1/dialect.ts";
import type { Caller } from "../../src/serve/http/dialect.ts";
import { callDialect, type FakeService, postJson } from "./fake-service.ts";
import { answerFaults } from "./v1-answers.ts";

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  /** Of JSON; else the text. */
  readonly body: any;
}

export interface CallParts {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly caller?: Caller;
}

/** @param path below `/v1` */
export async function callV1(service: FakeService, path: string, { method = "GET", body, headers = {}, caller }: CallParts = {}): Promise<Told> {
  const full = `/v1${path}`;
  const request = method === "POST" && body !== undefined ? postJson(full, body, headers) : new Request(new URL(full, "http://localhost").href, { method, headers });
  const response = await callDialect(v1, request, service, caller === undefined ? {} : { caller });
  expect(await answerFaults(method, new URL(full, "http://localhost").pathname, response)).toEqual([]);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (response.headers.get("content-type") ?? "").includes("json") ? JSON.parse(text) : text };
}

export const post = (service: FakeService, path: string, body: unknown, parts: Omit<CallParts, "method" | "body"> = {}): Promise<Told> => callV1(service, path, { ...parts, method: "POST", body });

/** A key that may run and read. */
export const keyOf = (key: string, scopes: Caller["scopes"] = ["open", "run", "read"], languages: Caller["languages"] = null): Caller => ({ key, scopes, languages });
