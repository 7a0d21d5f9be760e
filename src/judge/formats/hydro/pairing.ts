/** Tests that are found by the names of files, where a config names none. */
import { compareNumbered } from "../package/names.ts";
import type { SubtaskType } from "./config.ts";

export interface PairedCase {
  readonly id: number;
  readonly input: string;
  readonly output: string;
}

export interface PairedSubtask {
  readonly id: number;
  readonly type: SubtaskType;
  readonly cases: readonly PairedCase[];
}

export interface Pairing {
  readonly subtasks: readonly PairedSubtask[];
  /** Inputs that have no answer. */
  readonly alone: readonly string[];
}

/** What the name of an input says. */
interface Named {
  readonly subtask: number;
  readonly id: number;
  readonly type: SubtaskType;
  /** Names of answers, the first one that is there counts. */
  readonly partners: readonly string[];
}

const inDirectory = /^(?:(.*)\/)?([^/]+)$/;

/** @param files names in the directory of the tests, and in its directories `input` and `output` with these before them */
export function pair(files: readonly string[]): Pairing {
  const present = new Set(files);
  const subtasks = new Map<number, { id: number; type: SubtaskType; cases: PairedCase[] }>();
  const alone: string[] = [];
  for (const input of files) {
    const [, directory = "", name = ""] = inDirectory.exec(input) ?? [];
    if (directory === "output") continue;
    const places = directory === "" ? [""] : [`${directory}/`, "output/"];
    let isInput = false;
    for (const named of readings(name)) {
      isInput = true;
      const output = firstOf(named.partners, places, (partner) => partner !== input && present.has(partner));
      if (output === undefined) continue;
      isInput = false;
      const { subtask: id, type } = named;
      if (!subtasks.has(id)) subtasks.set(id, { id, type, cases: [] });
      subtasks.get(id)!.cases.push({ id: named.id, input, output });
      break;
    }
    // A text without a partner is a note, or an answer.
    if (isInput && !/\.txt$/i.test(name)) alone.push(input);
  }
  for (const { cases } of subtasks.values()) cases.sort((one, other) => one.id - other.id || compareNumbered(one.input, other.input));
  return { subtasks: [...subtasks.values()].toSorted((one, other) => one.id - other.id), alone };
}

function firstOf(partners: readonly string[], places: readonly string[], isIt: (path: string) => boolean): string | undefined {
  for (const partner of partners) for (const place of places) if (isIt(place + partner)) return place + partner;
  return undefined;
}

/** In the order in which they are tried. */
function* readings(name: string): Generator<Named> {
  // 3.in, name3.in, name1-2.in, input3.txt, name3.in.txt
  const numbered = /^((?:[\w.-]*?)(?:(\d*)[-_])?(\d+))\.(?:in|txt|in\.txt)$/i.exec(name);
  if (numbered !== null) {
    const [, stem = "", subtask = "", id = ""] = numbered;
    const endings = ["out", "OUT", "out.txt", "OUT.TXT", "ans", "ANS", "ans.txt", "ANS.TXT"];
    const partners = endings.flatMap((ending) => [`${stem}.${ending}`, toOutput(`${stem}.${ending}`)]);
    if (stem.includes("input")) partners.push(toOutput(`${stem}.txt`));
    yield { subtask: Number(subtask === "" ? 1 : subtask), id: Number(id), type: subtask === "" ? "sum" : "min", partners };
  }
  // name.in3
  const behind = /^(\D*)\.(in|IN)(\d+)$/.exec(name);
  if (behind !== null) {
    const [, stem = "", ending = "", id = ""] = behind;
    const partners = (ending === "in" ? ["ou", "out", "ans"] : ["OU", "OUT", "ANS"]).flatMap((other) => [`${stem}.${other}${id}`, toOutput(`${stem}.${other}${id}`)]);
    yield { subtask: 1, id: Number(id), type: "sum", partners };
  }
  const partnersOf = (stem: string) => ["out", "ans", "OUT", "ANS"].map((ending) => `${stem}.${ending}`);
  // Names with characters that the first form does not have: `test 1-2.in`.
  const inSubtask = /^(\D*(\d+)[-_](\d+))\.(?:in|IN)$/.exec(name);
  if (inSubtask !== null) yield { subtask: Number(inSubtask[2]), id: Number(inSubtask[3]), type: "min", partners: partnersOf(inSubtask[1]!) };
  // 3-large.in
  const before = /^((\d+)[-_].*)\.(?:in|IN)$/.exec(name);
  if (before !== null) yield { subtask: 1, id: Number(before[2]), type: "sum", partners: partnersOf(before[1]!) };
}

const toOutput = (name: string) => name.replaceAll("input", "output").replaceAll("INPUT", "OUTPUT");
