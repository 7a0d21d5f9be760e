/** The scripts, ready to be run. */
import * as contents from "./contents.ts";
import * as jobs from "./jobs.ts";
import * as reading from "./reading.ts";
import { script } from "./run.ts";
import * as upkeep from "./upkeep.ts";

export const scripts = {
  add: script(jobs.add, false),
  claim: script(jobs.claim),
  renew: script(jobs.renew),
  finish: script(jobs.finish),
  restore: script(jobs.restore),
  giveBack: script(jobs.giveBack),
  cancel: script(jobs.cancel),
  remove: script(jobs.remove),
  retry: script(jobs.retry),
  read: script(reading.read),
  watch: script(reading.watch),
  unwatch: script(reading.unwatch),
  publish: script(reading.publish),
  ended: script(reading.ended),
  list: script(reading.list),
  dueCallbacks: script(reading.dueCallbacks),
  callbackDone: script(reading.callbackDone),
  stats: script(reading.stats),
  workers: script(reading.workers),
  tryOut: script(reading.tryOut, false),
  hello: script(upkeep.hello),
  announce: script(upkeep.announce),
  reconcile: script(upkeep.reconcile),
  leave: script(upkeep.leave),
  upkeep: script(upkeep.upkeep),
  touch: script(contents.touch),
  complete: script(contents.complete, false),
} as const;
