/** Names of files that come with requests. */

const longest = 4096;

/** What is wrong with a name of a file below the working directory, as the end of a sentence; null: nothing. */
export function fileNameProblem(name: string): string | null {
  if (name === "") return "it is empty";
  if (name.includes("\0")) return "it contains a NUL character";
  if (name.startsWith("/")) return "it is absolute";
  if (Buffer.byteLength(name) > longest) return `it is longer than ${longest} bytes`;
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) return "it leaves the working directory";
  if (parts.length === 0 || name.endsWith("/")) return "it names a directory";
  return null;
}

/** The same name in one way only: without `.` and doubled slashes. */
export function plainName(name: string): string {
  return name.split("/").filter((part) => part !== "" && part !== ".").join("/");
}
