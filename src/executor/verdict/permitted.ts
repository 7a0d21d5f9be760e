/** Which permission would have let a program make a forbidden call. Loaded only after such a call. */
import { permissionFor } from "../../seccomp/permissions.ts";

/** `, which --allow ptrace permits`, or nothing. @param name as results have it; null: unknown */
export function permittedBy(name: string | null): string {
  const permission = name === null ? null : permissionFor(name);
  return permission === null ? "" : `, which --allow ${permission} permits (not in the profile strict)`;
}
