/** Tables of docs/serve.md that are made from the code. */
import { limitNames } from "../../src/serve/config/forms.ts";
import { usualLimits } from "../../src/serve/config/schema.ts";
import { limitSettings, settings } from "../../src/serve/config/settings.ts";
import { leaves } from "../../src/serve/config/shape.ts";
import { ServiceMetrics } from "../../src/serve/metrics/service-metrics.ts";

type Table = readonly (readonly string[])[];

const code = (text: string) => `\`${text}\``;

function shown(value: unknown): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return value.length === 0 ? "empty" : value.join(", ");
  return typeof value === "object" ? "empty" : String(value);
}

/** Every key but single limits. */
function keyTable(): Table {
  const usual = new Map(leaves().map((leaf) => [leaf.path.join("."), leaf.usual]));
  const rows = Object.entries(settings).filter(([key]) => !/^(run|compile)$/.test(key)).map(([key, meaning]) => [code(key), shown(usual.get(key) ?? usualOfKeys[key]), meaning]);
  return [["key", "default", "what it is"], ...rows];
}

/** Of the keys of callers, which stand in a list. */
const usualOfKeys: Readonly<Record<string, string>> = { "keys.scopes": "run, read", "keys.languages": "none", "keys.rate": "none", "keys.most_jobs": "none" };

function limitTable(): Table {
  const cell = (limits: Readonly<Partial<Record<string, unknown>>>, name: string) => shown(limits[name]);
  const rows = Object.keys(limitNames).map((name) => [code(name), cell(usualLimits.run.usual, name), cell(usualLimits.run.most, name), cell(usualLimits.compile.most, name), limitSettings[name as keyof typeof limitSettings]]);
  return [["limit", "`run.usual`", "`run.most`", "`compile.most`", "what it bounds"], ...rows];
}

function figureTable(): Table {
  const lines = new ServiceMetrics("0").page(null).split("\n");
  const types = new Map(lines.flatMap((line) => /^# TYPE (\S+) (\S+)$/.exec(line)?.slice(1, 3) ?? []).reduce<[string, string][]>((pairs, word, index, words) => (index % 2 === 0 ? [...pairs, [word, words[index + 1]!]] : pairs), []));
  const rows = lines.flatMap((line) => {
    const [, name = "", help = ""] = /^# HELP (\S+) (.*)$/.exec(line) ?? [];
    return name === "" ? [] : [[code(name), types.get(name)!, help]];
  });
  return [["name", "type", "what it says"], ...rows];
}

export const serveTables: Readonly<Record<string, () => Table>> = { "configuration of serve": keyTable, "limits of serve": limitTable, "figures of serve": figureTable };
