/** Checking the configurations of many boxes: most differ in nothing but whose they are, so what they share is checked once. */
import { safeParse } from "valibot";
import { parseConfig, type IsolateConfig } from "./config.ts";
import { OwnFieldsSchema } from "./schema.ts";

/** A function like {@link parseConfig} that remembers what it has checked. */
export function configParser(): typeof parseConfig {
  const known = new Map<string, IsolateConfig>();
  return (input, origin) => {
    if (typeof input !== "object" || input === null) return parseConfig(input, origin);
    const { instance_id, workdir, uid, gid, ...shared } = input as Readonly<Record<string, unknown>>;
    const key = JSON.stringify(shared);
    const alike = known.get(key);
    const own = alike === undefined ? null : safeParse(OwnFieldsSchema, { instance_id, workdir, uid, gid });
    if (own?.success) return { ...alike!, ...own.output };
    // It says what is wrong, if anything is.
    const parsed = parseConfig(input, origin);
    known.set(key, parsed);
    return parsed;
  };
}
