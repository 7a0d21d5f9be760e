/** Which tests a pattern of globs.ts means: by their names, or by the name of a group that they are in, at whatever depth. */
import { globMatcher } from "../globs.ts";
import type { Group, Problem } from "../problem.ts";

/** @param pattern empty: all tests @returns whether each test is meant, in their order */
export function selected({ tests, root }: Problem, pattern: string): readonly boolean[] {
  if (pattern === "") return tests.map(() => true);
  const matches = globMatcher(pattern);
  const isMeant = tests.map(({ name }) => matches(name));
  const walk = ({ name, children }: Group, isInside: boolean) => {
    const isNamed = isInside || (name !== "" && matches(name));
    for (const child of children) {
      if (typeof child !== "number") walk(child, isNamed);
      else if (isNamed) isMeant[child] = true;
    }
  };
  walk(root, false);
  return isMeant;
}
