/** What the caller of a run has to do in its box, before and after. */
import { means } from "../executor/plan/means.ts";
import type { Box } from "../executor/plan/prepare.ts";
import type { BoxPlace, RunOptions } from "../model/request.ts";

/** @throws what `options.visit` throws before the run, what `run` throws */
export async function visited<T>(box: Box, { visit = null }: RunOptions, run: () => Promise<T>): Promise<T> {
  if (visit === null) return await run();
  const place: BoxPlace = { workdir: box.workdir, owner: means().ownUid ? { uid: box.uid, gid: box.gid } : null };
  visit.before(place);
  const result = await run();
  visit.after(place);
  return result;
}
