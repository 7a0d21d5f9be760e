/** The dialects that the server knows, in the order in which they are asked for a path. Those that have a prefix of their own come first. */
import type { Dialect } from "../http/dialect.ts";
import { goJudge } from "./go-judge/dialect.ts";
import { judge0 } from "./judge0/judge0.ts";
import { piston } from "./piston/dialect.ts";
import { sandboxFusion } from "./sandbox-fusion/dialect.ts";
import { v1 } from "./v1/dialect.ts";

export const allDialects: readonly Dialect[] = [
  v1,
  piston,
  sandboxFusion,
  goJudge,
  judge0,
];
