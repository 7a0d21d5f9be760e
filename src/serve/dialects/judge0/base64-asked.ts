/** Whether texts are Base64 in a request and its answer. */
import type { ServeConfig } from "../../config/config.ts";
import type { Parameters } from "./parameters.ts";

/** Version 1.13.1 takes them for plain text unless it is told otherwise; later ones do it the other way around. */
export function isBase64({ base64_encoded: asked }: Parameters, { judge0 }: ServeConfig): boolean {
  const word = String(asked ?? "").toLowerCase();
  return judge0.base64ByDefault ? word !== "false" : word === "true";
}
