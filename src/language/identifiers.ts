/** What languages and main classes may be called. */

/** Ids and aliases: what `--language` takes. */
export const languageNamePattern = /^[a-z0-9][a-z0-9+#._-]{0,63}$/;

/** The same in words. */
export const languageNameForm = "must be 1 to 64 of a-z 0-9 + # . _ - and begin with a letter or digit";

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*(?:\.[\p{ID_Start}$_][\p{ID_Continue}$]*)*$/u;

/** Whether it is an identifier, or several with dots between them; such a name is never an option or a path. */
export function isQualifiedIdentifier(name: string): boolean {
  return name.length <= 500 && identifier.test(name);
}
