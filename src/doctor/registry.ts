/** All checks, in the order in which they are done and shown. */
import { caller } from "./caller.ts";
import type { CheckGroup } from "./check.ts";
import { confinement } from "./confinement.ts";
import { controlGroups } from "./control-groups.ts";
import { endToEnd } from "./end-to-end.ts";
import { filterMemory } from "./filter-memory.ts";
import { kernelFeatures } from "./kernel-features.ts";
import { languages } from "./languages.ts";
import { measurement } from "./measurement.ts";
import { namespaces } from "./namespaces.ts";
import { settings } from "./settings.ts";
import { stateDirectory } from "./state-directory.ts";
import { uids } from "./uids.ts";

export const checkGroups: readonly CheckGroup[] = [
  kernelFeatures, filterMemory, namespaces, controlGroups, confinement, caller, uids, stateDirectory, settings, measurement, languages, endToEnd,
];
