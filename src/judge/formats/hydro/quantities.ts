/** Times and sizes as Hydro writes them. A number alone is milliseconds, or MB. */
import { bytesPerMebibyte } from "../../../model/units.ts";

const timeUnits: Readonly<Record<string, number>> = { "": 1000, m: 1, u: 0.001 };
const sizeUnits: Readonly<Record<string, number>> = { k: 1 / 1024, m: 1, g: 1024 };

/** @returns seconds, to the millisecond; null when it is no time, or none above 0 */
export function secondsOf(text: string): number | null {
  const [, number, unit] = /^(\d+(?:\.\d*)?)([mu]?)s$/i.exec(text) ?? [];
  // To the microsecond first: 0.29 * 1000 is 289.99...
  const milliseconds = /^\d+$/.test(text) ? Number(text) : number === undefined ? null : Math.floor(Math.round(Number(number) * timeUnits[unit!.toLowerCase()]! * 1000) / 1000);
  return milliseconds === null || milliseconds <= 0 || !Number.isSafeInteger(milliseconds) ? null : milliseconds / 1000;
}

/** @returns bytes, whole MB; null when it is no size, or none above 0 */
export function bytesOf(text: string): number | null {
  const [, number, unit] = /^(\d+(?:\.\d*)?)([kmg])i?b?$/i.exec(text) ?? [];
  const megabytes = /^\d+$/.test(text) ? Number(text) : number === undefined ? null : Math.ceil(Number(number) * sizeUnits[unit!.toLowerCase()]!);
  return megabytes === null || megabytes <= 0 || !Number.isSafeInteger(megabytes * bytesPerMebibyte) ? null : megabytes * bytesPerMebibyte;
}
