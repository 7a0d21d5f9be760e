/** Points that a config of Hydro does not say. */

export const allPoints = 100;

/**
 * What is left of the whole is shared among those without points: whole numbers, and what cannot be divided goes to the last ones, a point each. A part of a point goes to nobody.
 * @param given null, and 0 as well: it has none
 */
export function shared(given: readonly (number | null)[], whole: number): number[] {
  const count = given.filter((points) => !points).length;
  const left = Math.max(whole - given.reduce<number>((sum, points) => sum + (points ?? 0), 0), 0);
  const base = Math.floor(left / count);
  const firstWithMore = count - (left % count);
  let next = 0;
  return given.map((points) => points || base + (next++ >= firstWithMore ? 1 : 0));
}
