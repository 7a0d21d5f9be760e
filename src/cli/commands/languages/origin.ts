/** How the place that a language or a value comes from is shown. */
import { builtInOrigin } from "../../../language/builtin.ts";
import { keptSuffix, type Definition } from "../../../language/extend.ts";
import { isPackPath } from "../../../language/registry.ts";

/** `built-in`, `plugin NAME` or the path of the pack; of what a box keeps with ` (kept)`. */
export function originName(origin: string): string {
  const place = origin.endsWith(keptSuffix) ? origin.slice(0, -keptSuffix.length) : origin;
  return place === builtInOrigin || isPackPath(place) ? origin : `plugin ${origin}`;
}

/** The same for a value, with the language that it is inherited from: `built-in (cpp)`; null: nobody wrote it. */
export function valueOrigin(definition: Definition | null, id: string): string {
  if (definition === null) return "default";
  const name = originName(definition.origin);
  return definition.written.id === id ? name : `${name} (${definition.written.id})`;
}
