/** What the flags of `batch` say for every request that says nothing else. */
import type { IsolateConfigInput } from "../../config/config.ts";
import { callerEnvironment, resolveStateDir } from "../../config/load.ts";
import type { LimitKey } from "../../model/limits.ts";
import type { Network } from "../../model/network.ts";
import type { Overrides, RunOptions } from "../../model/request.ts";
import type { FlagValues } from "../flags.ts";
import { requestedNetwork } from "../network.ts";
import { overridesOf, temporaryConfig, temporarySettings, variableOf } from "../request.ts";

export interface Defaults {
  readonly stateDir: string;
  readonly overrides: Overrides;
  /** Limits of the temporary boxes. */
  readonly config: IsolateConfigInput;
  readonly limitsGiven: readonly LimitKey[];
  readonly network: Network | null;
  readonly language: string | null;
  readonly packs: readonly string[];
  readonly cache: boolean;
  readonly options: Pick<RunOptions, "environment" | "fullEnvironment" | "mounts" | "chdir" | "seccomp" | "allow" | "strict" | "stderrToStdout">;
}

/** @throws IsolateError of kind Config for flags that do not go together */
export function defaultsOf(flags: FlagValues<"batch">): Defaults {
  const environment = callerEnvironment();
  const temporary = temporarySettings(flags);
  return {
    stateDir: resolveStateDir(flags["state-dir"], environment),
    overrides: overridesOf(flags),
    config: temporaryConfig(flags, temporary),
    limitsGiven: Object.values(temporary),
    network: requestedNetwork(flags),
    language: flags.language ?? null,
    packs: flags.pack,
    cache: !flags["no-cache"],
    options: {
      environment: flags.env.map((text) => variableOf(text, environment)),
      fullEnvironment: flags["full-env"] ? environment : null,
      mounts: flags.mount,
      chdir: flags.chdir ?? null,
      seccomp: flags.seccomp ?? null,
      allow: flags.allow ?? [],
      strict: flags.strict,
      stderrToStdout: flags["stderr-to-stdout"],
    },
  };
}
