/** What two languages of one pack or layer claim, and only one of them can have. Pure. */

/** What languages are told apart by, as written or as worked out. */
export interface Claims {
  readonly id: string;
  readonly aliases?: readonly string[] | undefined;
  readonly extensions?: readonly string[] | undefined;
  readonly priority?: number | undefined;
  readonly hidden?: boolean | undefined;
  readonly judge0?: readonly number[] | undefined;
}

export interface Clash<L extends Claims> {
  /** Number of the later of the two. */
  readonly index: number;
  readonly language: L;
  /** Who has it already; the language itself, for a name that it has twice. */
  readonly owner: L;
  /** A name, an extension that both have at the same priority, or a number for Judge0's clients. */
  readonly kind: "name" | "extension" | "judge0";
  readonly what: string;
}

export function findClashes<L extends Claims>(languages: readonly L[]): Clash<L>[] {
  const clashes: Clash<L>[] = [];
  const owners = new Map<string, L>();
  for (const [index, language] of languages.entries()) {
    const claim = (kind: Clash<L>["kind"], key: string, what: string) => {
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, language);
      else clashes.push({ index, language, owner, kind, what });
    };
    const { id, aliases = [], extensions = [], priority = 0, hidden = false, judge0 = [] } = language;
    for (const name of [id, ...aliases]) claim("name", `name ${name}`, name);
    if (hidden) continue;
    for (const extension of new Set(extensions)) claim("extension", `${priority} ${extension}`, extension);
    for (const number of judge0) claim("judge0", `judge0 ${number}`, String(number));
  }
  return clashes;
}
