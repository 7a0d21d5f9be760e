/** The environment of a program, in the order in which `isolate` makes it: it can be seen. */

const builtIn = "LIBC_FATAL_STDERR_=1";

/** @param rules `NAME` hands on, `NAME=VALUE` sets, `NAME=` removes @returns `NAME=VALUE` each */
export function programEnvironment(rules: readonly string[], full: boolean, caller: Readonly<Record<string, string>>): string[] {
  const entries = full ? Object.entries(caller).map(([name, value]) => `${name}=${value}`) : [];
  const set = (name: string, value: string | undefined) => {
    const at = entries.findIndex((entry) => entry.startsWith(`${name}=`));
    // The last takes the place of the one that goes.
    if (at >= 0) {
      const last = entries.pop()!;
      if (at < entries.length) entries[at] = last;
    }
    if (value !== undefined) entries.push(`${name}=${value}`);
  };
  for (const rule of [builtIn, ...rules]) {
    const equals = rule.indexOf("=");
    if (equals < 0) {
      if (Object.hasOwn(caller, rule)) set(rule, caller[rule]);
    } else set(rule.slice(0, equals), rule.slice(equals + 1) || undefined);
  }
  return entries;
}
