/** Counters, gauges and histograms in the text format of Prometheus (version 0.0.4). */

export type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  lines(): Iterable<string>;
}

/** Values of labels come from requests in the end: more series than this of one family become one. */
const mostSeries = 1000;
const other = "other";

/** One series a set of labels. */
class SeriesMap<T> {
  readonly #series = new Map<string, T>();

  readonly make: () => T;

  constructor(make: () => T) {
    this.make = make;
  }

  of(labels: Labels): T {
    const key = textOf(labels);
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const kept = this.#series.size < mostSeries ? key : textOf(Object.fromEntries(Object.keys(labels).map((name) => [name, other])));
    const found = this.#series.get(kept) ?? this.make();
    this.#series.set(kept, found);
    return found;
  }

  entries(): Iterable<[string, T]> {
    return this.#series.entries();
  }

  clear(): void {
    this.#series.clear();
  }
}

export class Counter implements Family {
  readonly type = "counter";
  readonly #values = new SeriesMap(() => ({ value: 0 }));

  readonly name: string;
  readonly help: string;

  constructor(name: string, help: string) {
    [this.name, this.help] = [name, help];
  }

  add(labels: Labels = {}, amount = 1): void {
    this.#values.of(labels).value += amount;
  }

  /** For what somebody else counts. */
  set(labels: Labels, value: number): void {
    this.#values.of(labels).value = value;
  }

  *lines(): Iterable<string> {
    for (const [labels, { value }] of this.#values.entries()) yield `${this.name}${inBraces(labels)} ${value}`;
  }
}

export class Gauge implements Family {
  readonly type = "gauge";
  readonly #values = new SeriesMap(() => ({ value: 0 }));

  readonly name: string;
  readonly help: string;

  constructor(name: string, help: string) {
    [this.name, this.help] = [name, help];
  }

  set(labels: Labels, value: number): void {
    this.#values.of(labels).value = value;
  }

  /** What is gone is shown no more. */
  clear(): void {
    this.#values.clear();
  }

  *lines(): Iterable<string> {
    for (const [labels, { value }] of this.#values.entries()) yield `${this.name}${inBraces(labels)} ${value}`;
  }
}

interface Buckets {
  readonly counts: number[];
  sum: number;
  count: number;
}

export class Histogram implements Family {
  readonly type = "histogram";
  readonly #values: SeriesMap<Buckets>;

  readonly name: string;
  readonly help: string;
  readonly bounds: readonly number[];

  /** @param bounds upper ends of the buckets, ascending, without infinity */
  constructor(name: string, help: string, bounds: readonly number[]) {
    [this.name, this.help, this.bounds] = [name, help, bounds];
    this.#values = new SeriesMap(() => ({ counts: bounds.map(() => 0), sum: 0, count: 0 }));
  }

  observe(labels: Labels, value: number): void {
    const series = this.#values.of(labels);
    const bucket = this.bounds.findIndex((bound) => value <= bound);
    if (bucket >= 0) series.counts[bucket]! += 1;
    series.sum += value;
    series.count += 1;
  }

  *lines(): Iterable<string> {
    for (const [labels, { counts, sum, count }] of this.#values.entries()) {
      const before = labels === "" ? "" : `${labels},`;
      let below = 0;
      for (const [index, bound] of this.bounds.entries()) yield `${this.name}_bucket{${before}le="${bound}"} ${(below += counts[index]!)}`;
      yield `${this.name}_bucket{${before}le="+Inf"} ${count}`;
      yield `${this.name}_sum${inBraces(labels)} ${sum}`;
      yield `${this.name}_count${inBraces(labels)} ${count}`;
    }
  }
}

/** All families, as one page. */
export function exposition(families: readonly Family[]): string {
  const lines: string[] = [];
  for (const family of families) {
    lines.push(`# HELP ${family.name} ${family.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`, `# TYPE ${family.name} ${family.type}`, ...family.lines());
  }
  return `${lines.join("\n")}\n`;
}

function textOf(labels: Labels): string {
  return Object.entries(labels).map(([name, value]) => `${name}="${value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"')}"`).join(",");
}

function inBraces(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}
