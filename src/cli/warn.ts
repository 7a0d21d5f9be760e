/** Warnings on standard error, by the logger, which is loaded only when there are some. */
export async function warnOf(warnings: readonly string[]): Promise<void> {
  if (warnings.length === 0) return;
  const { log } = await import("./log.ts");
  for (const warning of warnings) log.warn(warning);
}
