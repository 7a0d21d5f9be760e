/** The class that a Java source is started by, and the one that its file has to be named after. */
import { isQualifiedIdentifier } from "./identifiers.ts";
import { readJava, type JavaMain, type JavaType } from "./java-types.ts";

/** Longer names are left to the compiler: no file can be called so. */
const longestName = 255;
const longestPackage = 240;

export interface JavaEntryPoint {
  readonly package: string | null;
  /** Without package; null: none is found. */
  readonly mainClass: string | null;
  /** The public type; null: any name will do. */
  readonly fileClass: string | null;
}

/**
 * Types inside of others do not count, and no main but `void main(String[])` and its forms. A type with a main that every version of Java starts wins over one
 * that only Java 25 does. Of several, the public type wins, then the one that the caller's file is named after, then the first in the file.
 * @param fileStem the caller's name of the file, without its extension
 */
export function findJavaEntryPoint(source: string, fileStem: string): JavaEntryPoint {
  const { package: written, types, hasOwnMain } = readJava(source);
  const packageName = written !== null && written.length <= longestPackage && isQualifiedIdentifier(written) ? written : null;
  const usable = types.filter(({ name }) => name.length <= longestName && isQualifiedIdentifier(name));
  const byName = new Map(usable.map((type) => [type.name, type]));
  const publicType = usable.find(({ isPublic }) => isPublic);
  const fileClass = publicType?.name ?? null;
  // The types of such a file are members of its own class, which has the name of the file.
  if (hasOwnMain) return { package: packageName, mainClass: null, fileClass: null };
  const named = byName.get(fileStem);
  for (const wanted of ["classic", "lenient"] as const) {
    const starts = (type: JavaType | undefined): type is JavaType => type !== undefined && mainOf(type, byName) === wanted;
    const type = [publicType, named].find(starts) ?? usable.find(({ main }) => main === wanted);
    if (type !== undefined) return { package: packageName, mainClass: type.name, fileClass };
  }
  return { package: packageName, mainClass: fileClass, fileClass };
}

/** Its own main, or the one that it inherits from a class of this file. */
function mainOf(type: JavaType, byName: ReadonlyMap<string, JavaType>): JavaMain {
  const seen = new Set<JavaType>();
  let current: JavaType | undefined = type;
  while (current !== undefined && !seen.has(current)) {
    if (current.main !== null) return current.main;
    seen.add(current);
    const { superclass }: JavaType = current;
    current = superclass === null ? undefined : byName.get(superclass);
  }
  return null;
}
