/** The language packs that a new box gets a copy of. */
import { environmentPacks, sudoUid } from "../config/load.ts";
import type { PackedPacks } from "../source/kept-packs.ts";

/** @param packs as `--pack` takes them @returns null: none @throws IsolateError of kind Config */
export function packsToKeep(packs: readonly string[]): PackedPacks | null {
  if (packs.length === 0) return null;
  // require and not import: constructors are synchronous, and hardly any run of ours makes a box with packs.
  const { namedPacks } = require("../language/named-packs.ts") as typeof import("../language/named-packs.ts");
  const { packPacks } = require("../source/kept-packs.ts") as typeof import("../source/kept-packs.ts");
  return packPacks(namedPacks({ environment: environmentPacks(), given: packs, sudoUid: sudoUid() }));
}
