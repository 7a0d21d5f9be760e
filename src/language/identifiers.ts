/** What a main class may be called. */

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*(?:\.[\p{ID_Start}$_][\p{ID_Continue}$]*)*$/u;

/** Whether it is an identifier, or several with dots between them; such a name is never an option or a path. */
export function isQualifiedIdentifier(name: string): boolean {
  return name.length <= 500 && identifier.test(name);
}
