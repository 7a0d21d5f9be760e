/** Versions as semver libraries read them: three numbers, without zeros in front. Pure. */

/** Of a language that has not said its version. */
export const unknownVersion = "0.0.0";

/** `12.2` to `12.2.0`, `3.08.1` to `3.8.1`, `21.0.4+7` to `21.0.4`; what has no number in it is {@link unknownVersion}. */
export function padded(version: string): string {
  const found = /\d+(?:\.\d+)*/.exec(version)?.[0];
  if (found === undefined) return unknownVersion;
  const numbers = found.split(".").slice(0, 3).map((digits) => digits.replace(/^0+(?=\d)/, ""));
  return [...numbers, "0", "0"].slice(0, 3).join(".");
}

const partial = String.raw`v?(?:\d+|[xX*])(?:\.(?:\d+|[xX*])){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?`;
const comparator = String.raw`(?:[<>]=?|~>?|\^|=)?${partial}`;
const comparators = new RegExp(`^(?:${partial} - ${partial}|${comparator}(?: ${comparator})*)$`);

/** Longer ranges are refused unread. */
const longestRange = 256;

/** Whether a text is a range of versions at all: what is none fits everything to the library that compares. */
export function isRange(text: string): boolean {
  if (text.length > longestRange) return false;
  const plain = text.replace(/\s+/g, " ").replace(/([<>=~^]) /g, "$1");
  return plain.split("||").map((part) => part.trim()).every((part) => part === "" || comparators.test(part));
}

/** @param version three numbers @param text a range */
export function fitsRange(version: string, text: string): boolean {
  return text.trim() === "" || Bun.semver.satisfies(version, text.trim());
}

/** For sorting. */
export function newestFirst(a: string, b: string): number {
  return Bun.semver.order(b, a);
}
