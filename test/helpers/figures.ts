/** The page of figures, read as Prometheus reads it. */

/** Families of a page with their types, and samples by their whole name. @throws Error for what Prometheus would not read */
export function parsedFigures(page: string): { readonly types: ReadonlyMap<string, string>; readonly samples: ReadonlyMap<string, number> } {
  const types = new Map<string, string>();
  const samples = new Map<string, number>();
  for (const line of page.trimEnd().split("\n")) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (type !== null) types.set(type[1]!, type[2]!);
    else if (!/^# HELP \S+ \S/.test(line)) {
      const sample = /^([a-z_]+(?:\{[a-z_]+="(?:[^"\\]|\\.)*"(?:,[a-z_]+="(?:[^"\\]|\\.)*")*\})?) ([0-9.e+-]+)$/.exec(line);
      if (sample === null || samples.has(sample[1]!)) throw new Error(`no sample: ${line}`);
      if (!types.has(sample[1]!.replace(/\{.*/, "").replace(/_(bucket|sum|count)$/, "")) && !types.has(sample[1]!.replace(/\{.*/, ""))) throw new Error(`without a type: ${line}`);
      samples.set(sample[1]!, Number(sample[2]));
    }
  }
  return { types, samples };
}
