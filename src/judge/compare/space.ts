/** Which bytes are white space. It differs between checkers. */

/** 1 for each of the bytes. */
export function tableOf(...bytes: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of bytes) table[byte] = 1;
  return table;
}

/** 1 for the bytes that are white space in the C locale: HT, LF, VT, FF, CR and blank. */
export const isSpace = tableOf(9, 10, 11, 12, 13, 32);

/** For the checkers of testlib it is HT, LF, CR and blank only. */
export const isTestlibSpace = tableOf(9, 10, 13, 32);
