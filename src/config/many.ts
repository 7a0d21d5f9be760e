/** Checking the configurations of many boxes: most differ in nothing but whose they are, so what they share is checked once. */
import { boxIdPattern } from "../model/box-id.ts";
import { parseConfig, type IsolateConfig } from "./config.ts";

const isPath = (value: unknown): boolean => value === null || (typeof value === "string" && value.startsWith("/") && !value.includes("\0"));
const isUid = (value: unknown): boolean => value === null || (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 2 ** 32 - 2);

/** A function like {@link parseConfig} that remembers what it has checked. */
export function configParser(): typeof parseConfig {
  const known = new Map<string, IsolateConfig>();
  return (input, origin) => {
    if (typeof input !== "object" || input === null) return parseConfig(input, origin);
    const { instance_id, workdir = null, uid = null, gid = null, ...shared } = input as Readonly<Record<string, unknown>>;
    const key = JSON.stringify(shared);
    const alike = known.get(key);
    if (alike !== undefined && typeof instance_id === "string" && boxIdPattern.test(instance_id) && isPath(workdir) && isUid(uid) && isUid(gid)) {
      return { ...alike, instance_id, workdir: workdir as string | null, uid: uid as number | null, gid: gid as number | null };
    }
    const parsed = parseConfig(input, origin);
    known.set(key, parsed);
    return parsed;
  };
}
