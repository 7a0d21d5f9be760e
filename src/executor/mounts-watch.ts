/**
 * Whether what is mounted on the host has changed where boxes show it. The kernel says by poll(2) that something was mounted or unmounted
 * (proc(5)), so the table is read only then: on a host with many containers that is often, and mostly elsewhere.
 */
import { openSync, readFileSync } from "node:fs";
import { closeDescriptor } from "../kernel/files.ts";
import { pollReadable } from "../kernel/process.ts";

const path = "/proc/self/mountinfo";

export class MountsWatch {
  readonly #file = openSync(path, "r");
  #lines = linesNow();
  readonly #known = new Map<string, string>();

  /** Looks again, if there is something new. @returns whether there was */
  look(): boolean {
    if (pollReadable([], 0, [], [this.#file]).ready.length === 0) return false;
    this.#lines = linesNow();
    this.#known.clear();
    return true;
  }

  /** The mounts that places lie on, and those below them, as {@link look} saw them last. */
  around(places: readonly string[]): string {
    const key = places.join("\0");
    let lines = this.#known.get(key);
    if (lines === undefined) this.#known.set(key, (lines = this.#lines.filter((line) => touches(line, places)).join("\n")));
    return lines;
  }

  close(): void {
    closeDescriptor(this.#file);
  }
}

function touches(line: string, places: readonly string[]): boolean {
  const point = line.split(" ", 5)[4]!;
  return places.some((place) => isWithin(place, point) || isWithin(point, place));
}

function linesNow(): string[] {
  return readFileSync(path, "utf8").split("\n").filter((line) => line !== "");
}

/** Blanks are written in octal, so a place that has some is taken for what lies above its first blank: rather too much than too little. */
function isWithin(inner: string, outer: string): boolean {
  const [plainInner, plainOuter] = [inner, outer].map((text) => text.replace(/[\s\\].*$/, "")) as [string, string];
  return plainOuter === "/" || plainOuter === "" || plainInner === plainOuter || plainInner.startsWith(plainOuter.endsWith("/") || plainOuter !== outer ? plainOuter : `${plainOuter}/`);
}
