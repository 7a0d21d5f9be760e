/** Names of files that come with requests. */

const longest = 4096;
/** Of one part of a path, in bytes: as much as a file beside a source may have. */
const longestPart = 200;

/** What is wrong with a name of a file below the working directory, as the end of a sentence; null: nothing. */
export function fileNameProblem(name: string): string | null {
  if (name === "") return "it is empty";
  if (/\p{Cc}/u.test(name)) return "it contains a control character";
  if (name.startsWith("/")) return "it is absolute";
  if (Buffer.byteLength(name) > longest) return `it is longer than ${longest} bytes`;
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) return "it leaves the working directory";
  if (parts.some((part) => Buffer.byteLength(part) > longestPart)) return `a part of it is longer than ${longestPart} bytes`;
  if (parts.length === 0 || name.endsWith("/")) return "it names a directory";
  return null;
}

/** The same name in one way only: without `.` and doubled slashes. */
export function plainName(name: string): string {
  return name.split("/").filter((part) => part !== "" && part !== ".").join("/");
}

/** What is wrong with files that shall lie in one directory, by their plain names; null: nothing. */
export function clashOf(names: readonly string[]): string | null {
  const files = new Set<string>();
  for (const name of names) {
    if (files.has(name)) return `two files have the name ${JSON.stringify(name)}`;
    files.add(name);
  }
  for (const name of names) {
    for (let end = name.lastIndexOf("/"); end > 0; end = name.lastIndexOf("/", end - 1)) {
      if (files.has(name.slice(0, end))) return `${JSON.stringify(name.slice(0, end))} is a file, and a directory of ${JSON.stringify(name)}`;
    }
  }
  return null;
}
