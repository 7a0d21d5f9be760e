/** The help of the compatible command line, made from its options. */
import { options } from "./options.ts";

export function usageText(): string {
  const rows = options.map(({ name, short, argument, placeholder = "", help }) => {
    const value = argument === "none" ? "" : argument === "optional" ? `[=${placeholder}]` : `=${placeholder}`;
    return `${short === undefined ? "    " : `-${short}, `}--${name}${value}`.padEnd(34) + help;
  });
  return ["Usage: isolate [options] command", "", ...rows.map((row) => `  ${row}`), ""].join("\n");
}
