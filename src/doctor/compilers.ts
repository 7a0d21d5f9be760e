/** The languages of all packs in force, and which of them a box finds the programs of. Nothing is executed. */
import { messageOf } from "../model/errors.ts";
import { environmentPacks } from "../config/load.ts";
import { tryNamespaces } from "../executor/try-namespaces.ts";
import { Isolate } from "../instance/isolate.ts";
import { languagesInForce } from "../language/in-force.ts";
import { absencesOf, adviceAbout, describeToolchain, inPlace } from "../pack-check/toolchain.ts";

export interface MissingCompiler {
  readonly language: string;
  /** Its pack is one that somebody chose, by a file or a variable. */
  readonly chosen: boolean;
  /** The host has it where a box does not look. */
  readonly elsewhere: boolean;
  readonly what: string;
  readonly advice: string | null;
}

export interface Compilers {
  readonly found: readonly string[];
  readonly missing: readonly MissingCompiler[];
  /** Packs that are in force and cannot be used. */
  readonly problems: readonly string[];
}

export async function lookForCompilers(): Promise<Compilers> {
  try {
    // What a box sees depends on it.
    tryNamespaces();
    const { languages, problems } = await Isolate.languages();
    const absences = [...absencesOf(inPlace(languagesInForce(languages).map(({ language }) => language), languages))];
    return {
      problems,
      found: absences.flatMap(([{ id }, absence]) => (absence === null ? [id] : [])),
      missing: absences.flatMap(([{ id, layer }, absence]) =>
        absence === null ? [] : [{ language: id, chosen: layer > 0, elsewhere: absence.kind === "outside" || absence.elsewhere !== null, what: describeToolchain(absence), advice: adviceAbout(absence) }]),
    };
  } catch (error) {
    return { found: [], missing: [], problems: [`${environmentPacks().join(" ")}: ${messageOf(error)}`] };
  }
}
