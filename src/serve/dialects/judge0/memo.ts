/** What is kept of a submission besides its work, so that it can be shown again as it came. */
import type { Content } from "../../content.ts";
import type { NumberField } from "./settings.ts";

export interface Memo {
  readonly languageId: number;
  /** As it was then. */
  readonly languageName: string;
  readonly numbers: Readonly<Record<NumberField, number>>;
  readonly compilerOptions: string | null;
  readonly commandLineArguments: string | null;
  readonly perProcessTime: boolean;
  readonly perProcessMemory: boolean;
  readonly stderrToStdout: boolean;
  readonly network: boolean;
  readonly callbackUrl: string | null;
  /** False: the work has none that was handed in, but files of a program. */
  readonly hasSource: boolean;
  /** The zip file. */
  readonly additionalFiles: Content | null;
}
