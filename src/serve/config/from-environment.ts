/** Environment variables of the service: `MINI_ISOLATE_SERVE_` and the path of a key, in capitals. */
import { nearestName } from "../../model/nearest.ts";
import { configError } from "../../model/errors.ts";
import { type Leaf, leaves } from "./shape.ts";

export const variablePrefix = "MINI_ISOLATE_SERVE_";

/** The variable that names the file of the configuration. */
export const fileVariable = `${variablePrefix}CONFIG`;

/** Keys of callers, as `NAME=SHA256` with commas between them: a container shall not need a file for one key. */
export const keysVariable = `${variablePrefix}KEYS`;

export interface Said {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  /** Who said it, for messages. */
  readonly by: string;
}

export function variableOf(path: readonly string[]): string {
  return variablePrefix + path.join("_").replaceAll("-", "_").toUpperCase();
}

/** @throws IsolateError of kind Config: a variable that means nothing, or one that cannot be read */
export function fromEnvironment(environment: Readonly<Record<string, string>>): readonly Said[] {
  const known = new Map(leaves().filter(({ kinds }) => !kinds.every((kind) => kind === "other")).map((leaf) => [variableOf(leaf.path), leaf]));
  const said: Said[] = [];
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(variablePrefix) || name === fileVariable || isOfKubernetes(name, text)) continue;
    if (name === keysVariable) said.push({ path: ["keys"], value: keysOf(text), by: name });
    else {
      const leaf = known.get(name);
      if (leaf === undefined) throw unknownVariable(name, [...known.keys(), fileVariable, keysVariable]);
      said.push({ path: leaf.path, value: valueOf(leaf, text), by: name });
    }
  }
  return said;
}

/** A service of Kubernetes that is called mini-isolate-serve sets such variables for every container. */
function isOfKubernetes(name: string, text: string): boolean {
  return /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_[0-9]+_(TCP|UDP)(_(PROTO|PORT|ADDR))?$/.test(name) || (name === `${variablePrefix}PORT` && /^(tcp|udp):\/\//.test(text));
}

function unknownVariable(name: string, known: readonly string[]) {
  const near = nearestName(name, known);
  return configError(`unknown variable ${name}`, near === null ? `the variables are ${variablePrefix} and the path of a key of the configuration in capitals, such as ${variablePrefix}QUEUE_MOST` : `did you mean ${near}?`);
}

function valueOf({ kinds }: Leaf, text: string): unknown {
  if (kinds.includes("list")) return text === "" ? [] : text.split(",").map((each) => each.trim());
  if (kinds.includes("boolean") && (text === "true" || text === "1")) return true;
  if (kinds.includes("boolean") && (text === "false" || text === "0")) return false;
  return kinds.includes("number") && /^-?[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : text;
}

function keysOf(text: string): unknown {
  return text.split(",").filter((each) => each.trim() !== "").map((each) => {
    const [name = "", sha256 = ""] = each.trim().split("=");
    return { name, sha256 };
  });
}
