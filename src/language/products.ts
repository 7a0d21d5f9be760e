/** What of a compile step's results the run step starts or loads: without it, or with something else in its place, nothing could run. Pure. */
import { artefactMatcher } from "./artefacts.ts";

/** A file that has to be among the artefacts. */
export interface Product {
  /** Relative to the working directory, without `./`. */
  readonly path: string;
  /** A program is executed by the kernel, a class is loaded by a JVM; of a file it only counts that it is there, and what its extension says of its beginning. */
  readonly kind: "program" | "class" | "file";
  /** What a jar has to have in it; left out: nothing is known. */
  readonly holds?: string;
}

/** Words of a command that stand for a file of the working directory: `{executable}.exe`, `{dir}/{stem}.jar`. `{stem}` alone may be a name in the program. */
const fileWord = /^(?:\{executable\}|\{source\}.|\{dir\}\/.|\{stem\}\.)/;

/**
 * @param command words of the run step, with placeholders
 * @param expand fills one of them in
 * @param artefacts globs of the compile step, filled in
 * @param workdir of the run step, an absolute path
 * @param mainClass with its package, for languages that look for one
 */
export function productsOf(command: readonly string[], expand: (word: string) => string, artefacts: readonly string[], workdir: string, mainClass: string | null): Product[] {
  const isArtefact = artefactMatcher(artefacts);
  const products: Product[] = [];
  for (const [index, template] of command.entries()) {
    if (template === "{mainclass}" && mainClass !== null && artefacts.some((glob) => glob.endsWith(".class"))) {
      products.push({ path: classFile(mainClass), kind: "class" });
      continue;
    }
    if (index > 0 && !fileWord.test(template)) continue;
    const word = expand(template);
    const path = pathOf(word, workdir);
    // What is no artefact lies in the box already.
    if (path === "" || (index === 0 && path === word) || !isArtefact(path)) continue;
    products.push({ path, kind: index === 0 ? "program" : "file" });
  }
  // Where the classes are in one jar, the main class is as well.
  const [only] = products;
  if (mainClass === null || !command.includes("{mainclass}") || products.length !== 1 || only?.path.endsWith(".jar") !== true) return products;
  return [{ ...only, holds: classFile(mainClass) }];
}

function classFile(mainClass: string): string {
  return `${mainClass.replaceAll(".", "/")}.class`;
}

function pathOf(word: string, workdir: string): string {
  return word.startsWith(`${workdir}/`) ? word.slice(workdir.length + 1) : word.replace(/^(?:\.\/)+/, "");
}
