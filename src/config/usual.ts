/**
 * The configuration that most boxes have: limits, ids and a directory of their own, and the defaults for all else. It is recognised here
 * because the schema library costs a command two milliseconds. Whatever is not recognised goes to the schema, which also says what is wrong.
 */
import { boxIdPattern } from "../model/box-id.ts";
import { limits, type LimitKey } from "../model/limits.ts";
import { defaultConfig } from "./defaults.ts";
import type { IsolateConfig } from "./isolate-config.ts";

const isId = (value: unknown) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 2 ** 32 - 2;

/** The configuration as the schema would give it; null: ask the schema. */
export function usualConfig(input: Readonly<Record<string, unknown>>): IsolateConfig | null {
  const names = Object.keys(defaultConfig) as (keyof typeof defaultConfig)[];
  const id = input["instance_id"];
  if (typeof id !== "string" || !boxIdPattern.test(id) || Object.keys(input).length !== names.length + 1) return null;
  for (const name of names) {
    if (!Object.hasOwn(input, name) || !isUsual(name, input[name])) return null;
  }
  return { ...input } as unknown as IsolateConfig;
}

function isUsual(name: keyof typeof defaultConfig, value: unknown): boolean {
  const usual = defaultConfig[name];
  if (value === usual) return true;
  if (Array.isArray(usual)) return Array.isArray(value) && value.length === 0;
  if (typeof usual === "boolean") return typeof value === "boolean";
  if (name === "uid" || name === "gid") return isId(value);
  if (name === "workdir") return typeof value === "string" && value.startsWith("/") && !value.includes("\0");
  if (!Object.hasOwn(limits, name)) return false;
  const { min, max, unit, canBeUnlimited } = limits[name as LimitKey];
  if (value === null) return canBeUnlimited;
  return typeof value === "number" && value >= min && value <= max && (unit === "seconds" || Number.isInteger(value));
}
