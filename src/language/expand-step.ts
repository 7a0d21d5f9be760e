/** The words and variables of one step, nothing left to fill in. */
import { runtimeEnvironment } from "../model/runtime.ts";
import type { Variable } from "./language.ts";
import { commandPlaceholders, expandTemplate, type PlaceholderValue, stepPlaceholders } from "./placeholders.ts";

/** A command and its variables, with placeholders. */
interface Step {
  readonly command: readonly string[];
  readonly environment: readonly Variable[];
}

/** What the words stand for that become several words. */
interface Lists {
  readonly sources: readonly string[];
  readonly args: readonly string[];
}

/** Arguments come at the end where a pack names no other place for them. */
export function withArgs(run: Step): Step {
  return run.command.includes("{args}") ? run : { ...run, command: [...run.command, "{args}"] };
}

/** Fills everything in. @returns also whether the command names the runtime in the binary */
export function expandStep(step: Step, lists: Lists, value: PlaceholderValue): Step & { readonly usesRuntime: boolean } {
  let usesRuntime = false;
  const noting: PlaceholderValue = (name, minus, atStart) => {
    usesRuntime ||= name === "bun";
    return value(name, minus, atStart);
  };
  const command = step.command.flatMap((word) => (word === "{sources}" ? lists.sources : word === "{args}" ? lists.args : [expandTemplate(word, commandPlaceholders, noting)]));
  const environment = step.environment.map(([name, text]): Variable => [name, expandTemplate(text, stepPlaceholders, value)]);
  return { command, environment: usesRuntime ? [...runtimeEnvironment, ...environment] : environment, usesRuntime };
}
