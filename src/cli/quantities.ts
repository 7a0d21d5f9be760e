/** Sizes and times for people. */
import { bytesPerMebibyte } from "../model/units.ts";

/** `512 MB`; below one MB in bytes. */
export function showBytes(bytes: number): string {
  return bytes < bytesPerMebibyte && bytes > 0 ? `${bytes} B` : `${Number((bytes / bytesPerMebibyte).toFixed(3))} MB`;
}

/** `1.5 s` */
export function showSeconds(seconds: number): string {
  return `${Number(seconds.toFixed(6))} s`;
}
