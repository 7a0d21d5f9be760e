/** What help texts take from the surroundings. Without imports: they are shown before anything is loaded. */

/** The variable COLUMNS. */
export function helpColumns(): string | undefined {
  return process.env["COLUMNS"];
}

/** The state directory in force without a flag. */
export function helpStateDir(): string {
  const uid = process.getuid!();
  return process.env["MINI_ISOLATE_STATE_DIR"] || (uid === 0 ? "/tmp/mini-isolate" : `/tmp/mini-isolate-${uid}`);
}
