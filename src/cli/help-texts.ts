/**
 * The help texts as constants. Imported as a macro only: the build executes this, and puts what it returns into the binary. To make them from
 * the registry at run time would take longer than the start of the runtime.
 */
import { commands, type CommandName } from "./flags.ts";
import { renderHelp } from "./help.ts";

/** The text of each command, and of the whole under the empty name. */
export async function helpTexts(): Promise<Readonly<Record<string, string>>> {
  const texts: Record<string, string> = { "": await renderHelp(null) };
  for (const name of Object.keys(commands) as CommandName[]) texts[name] = await renderHelp(name);
  return texts;
}
