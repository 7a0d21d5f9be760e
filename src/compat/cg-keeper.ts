/** What is said to whoever starts `isolate-cg-keeper`. */
import { ownProcess } from "./host.ts";

/** @returns the exit code: a service that is set up to start it is no fault */
export function answerForCgKeeper(): number {
  ownProcess.write(1, Buffer.from("isolate-cg-keeper is not needed: mini-isolate makes control groups for each run in a place that it finds itself (mini-isolate doctor)\n"));
  return 0;
}
