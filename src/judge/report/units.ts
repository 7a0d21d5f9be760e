/** Times and sizes as the report shows them, always with their unit. */
import { bytesPerMebibyte } from "../../model/units.ts";

/** `0.012 s`; `-` for what was not measured */
export function seconds(value: number | null): string {
  return value === null ? "-" : `${value.toFixed(3)} s`;
}

/** A limit or a mark of an axis: `1.5 s`, `10 ms`. */
export function shortSeconds(value: number): string {
  return value < 0.1 ? `${Number((value * 1000).toPrecision(3))} ms` : `${Number(value.toPrecision(4))} s`;
}

/** `1.2 MB`; `-` for what was not measured */
export function megabytes(value: number | null): string {
  return value === null ? "-" : `${(value / bytesPerMebibyte).toFixed(1)} MB`;
}

/** A limit or a mark of an axis: `256 MB`, `64 KB`, `2 GB`. */
export function shortBytes(value: number): string {
  const unit = value < 1024 ? 0 : value < bytesPerMebibyte ? 1 : value < 1024 * bytesPerMebibyte ? 2 : 3;
  return `${Number((value / 1024 ** unit).toPrecision(4))} ${["B", "KB", "MB", "GB"][unit]!}`;
}

/** `1 test`, `12 tests` */
export function count(number: number, one: string, several = `${one}s`): string {
  return `${number.toLocaleString("en-US")} ${number === 1 ? one : several}`;
}

/** Points, without more digits than they have. */
export function points(value: number | null): string {
  return value === null ? "-" : String(Number(value.toFixed(3)));
}
