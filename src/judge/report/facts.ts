/** Where the limit comes from, which machine judged, and what held the submissions. */
import type { Enforcement } from "../../model/result.ts";
import type { JudgingDocument, TimeLimitDocument } from "../document.ts";
import { oneLine, shownName } from "./escape.ts";
import { html, type Html, type Part } from "./html.ts";
import { count, shortBytes, shortSeconds } from "./units.ts";

export function facts({ time_limit, limits, machine, enforced, warnings }: JudgingDocument): Html {
  return html`<div class="columns">
<section aria-labelledby="limits-title"><h3 id="limits-title">Limits</h3>
${list([...timeLimit(time_limit), ["time on the clock", limits.wall_time_limit === null ? "no limit" : shortSeconds(limits.wall_time_limit)], ["memory", limits.memory_limit === null ? "no limit" : shortBytes(limits.memory_limit)], ["output", limits.output_limit === null ? "no limit" : shortBytes(limits.output_limit)]])}
</section>
<section aria-labelledby="machine-title"><h3 id="machine-title">Machine</h3>
${list([["processor", machine.cpu === null ? "not known" : oneLine(machine.cpu)], ["processors", `${count(machine.cores, "core")}, ${count(machine.jobs, "test")} at a time`], ["memory", machine.memory === null ? "not known" : shortBytes(machine.memory)], ["kernel", oneLine(machine.kernel)], ["mini-isolate", oneLine(machine.version)]])}
</section>
<section aria-labelledby="enforced-title"><h3 id="enforced-title">What was enforced, and how</h3>
${enforced === null ? html`<p>Nothing was run.</p>` : list(enforcement(enforced))}
</section>
</div>${warnings.length === 0 ? null : html`
<h3>Warnings</h3>
<ul>${warnings.slice(0, mostWarnings).map((warning) => html`<li><bdi>${shownName(warning, 500)}</bdi></li>`)}</ul>${warnings.length > mostWarnings ? html`<p class="note">${count(warnings.length - mostWarnings, "more warning")}.</p>` : null}`}`;
}

const mostWarnings = 50;

type Row = readonly [name: string, value: Part];

function list(rows: readonly Row[]): Html {
  return html`<dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

const sources: Readonly<Record<TimeLimitDocument["source"], string>> = { flag: "given on the command line", package: "from the package", inferred: "inferred from the submissions", default: "the default" };

function timeLimit({ value, source, lower, upper, lower_by, upper_by, multipliers, factors }: TimeLimitDocument): readonly Row[] {
  const by = (run: TimeLimitDocument["lower_by"]) => (run === null ? null : html` (<bdi>${shownName(run.submission)}</bdi>, test <bdi>${shownName(run.test)}</bdi>)`);
  return [
    ["CPU time", html`<strong>${value === null ? "no limit" : shortSeconds(value)}</strong>, ${sources[source]}`],
    ...(lower === null ? [] : [["lower bound", html`at least ${shortSeconds(lower)}, for what has to be in time${by(lower_by)}`] as const]),
    ...(upper === null ? [] : [["upper bound", html`at most ${shortSeconds(upper)}, for what has to be too slow${by(upper_by)}`] as const]),
    ...(multipliers === null ? [] : [["multipliers", html`${multipliers.ac_to_limit} from the slowest accepted run to the limit, ${multipliers.limit_to_tle} from the limit to the safety margin${value === null ? null : ` (${shortSeconds(value * multipliers.limit_to_tle)})`}`] as const]),
    ...(Object.keys(factors).length === 0 ? [] : [["factors", Object.entries(factors).map(([language, factor]) => `${shownName(language, 40)} × ${factor}`).join(", ")] as const]),
  ];
}

const words: Readonly<Record<string, string>> = { memory: "memory limit", cpu_time: "CPU time limit", wall_time: "limit on the clock", processes: "limit of processes", network: "no network", filesystem: "no files of the host", syscalls: "system calls", allowed: "allowed on top", cpus: "processors", user: "user id", outer_limits: "limits above" };

function enforcement(enforced: Enforcement): readonly Row[] {
  return Object.entries(enforced).map(([key, value]) => [words[key] ?? key.replaceAll("_", " "), value === "none" ? html`<strong>not enforced</strong>` : said(value)]);
}

function said(value: unknown): string {
  if (typeof value !== "object" || value === null) return shownName(String(value));
  if (Array.isArray(value)) return value.map(said).join(", ");
  return Object.entries(value).filter(([, part]) => part !== null && part !== undefined).map(([key, part]) => `${key.replaceAll("_", " ")}: ${key === "memory" && typeof part === "number" ? shortBytes(part) : said(part)}`).join(", ");
}
