/** The languages of the service: what packs say, and what is there on this host. */
import { resolveStateDir } from "../../config/load.ts";
import { Isolate } from "../../instance/isolate.ts";
import type { Language } from "../../language/language.ts";
import { absencesOf, describeToolchain, probeToolchains } from "../../pack-check/toolchain.ts";
import { describeAbsence } from "../../source/host-programs.ts";
import type { LanguageCatalog, ServedLanguage } from "../languages.ts";

export interface LoadedCatalog {
  readonly catalog: LanguageCatalog;
  /** Hidden ones as well. */
  readonly languages: readonly Language[];
  /** One line for each pack that cannot be used. */
  readonly problems: readonly string[];
  /** The versions that toolchains say, when all are asked: `catalog` has them from then on. */
  readonly probed: Promise<void>;
}

/** Which programs are there is known at once; their versions are asked for in the background. @throws IsolateError of kind Config for a pack */
export async function loadCatalog(packs: readonly string[], stateDir: string = resolveStateDir(undefined)): Promise<LoadedCatalog> {
  const { languages, problems } = await Isolate.languages(packs);
  const shown = languages.filter(({ hidden }) => !hidden);
  const absences = absencesOf(shown);
  const catalog = new Catalog(shown.map((language) => {
    const absence = absences.get(language) ?? null;
    return served(language, null, absence === null ? null : describeAbsence(absence));
  }));
  const probed = probe(shown, stateDir, catalog);
  // Versions are for people: what is not known of them keeps nobody from running.
  probed.catch(() => {});
  return { catalog, languages, problems, probed };
}

async function probe(languages: readonly Language[], stateDir: string, catalog: Catalog): Promise<void> {
  const states = await probeToolchains(languages, { stateDir });
  catalog.all = languages.map((language) => {
    const state = states.get(language)!;
    return state.kind === "found" ? served(language, state.version, null) : served(language, null, describeToolchain(state));
  });
}

function served(language: Language, version: string | null, problem: string | null): ServedLanguage {
  const { id, name, aliases, extensions, compile, run } = language;
  return {
    id,
    name,
    aliases,
    extensions,
    isCompiled: compile !== null,
    version,
    isThere: problem === null,
    problem,
    piston: null,
    judge0: [],
    compileCommand: compile === null ? null : compile.command.join(" "),
    runCommand: run.command.join(" "),
  };
}

class Catalog implements LanguageCatalog {
  all: readonly ServedLanguage[];

  constructor(all: readonly ServedLanguage[]) {
    this.all = all;
  }

  find(name: string): ServedLanguage | null {
    return this.all.find(({ id }) => id === name) ?? this.all.find(({ aliases }) => aliases.includes(name)) ?? null;
  }
}
