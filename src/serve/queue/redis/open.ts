/** A queue in Redis or Valkey, with everything that belongs to it. */
import { StoreFault } from "../queue.ts";
import { configError } from "../../../model/errors.ts";
import { openContentsDirectory } from "../contents-dir.ts";
import { ContentsSweep } from "../contents-sweep.ts";
import { makeDataDirectory } from "../contents-layout.ts";
import { lockStore } from "../sqlite/store-lock.ts";
import { storeAddress } from "./address.ts";
import { Accepted } from "./accepted.ts";
import { Claims } from "./claims.ts";
import { Connection } from "./connection.ts";
import { RedisContents } from "./contents.ts";
import { Intake } from "./intake.ts";
import { Line } from "./line.ts";
import { templates } from "./records.ts";
import { RedisQueue } from "./redis-queue.ts";
import { scripts } from "./scripts/all.ts";
import { checkServer } from "./server-check.ts";
import { settingsOf, type RedisQueueOptions } from "./settings.ts";
import { Store } from "./store.ts";
import { Watching } from "./watching.ts";

/** How long a file that no job needs stays here. */
const fileGraceMs = 60_000;
/** Of jobs that would be put back into a store that was emptied. */
const rememberedBytes = 64 * 1024 ** 2;
/** How often contents that are held here are renewed in the store. */
const holdMs = 600_000;

/** @throws IsolateError when the address or the server is none for this, or cannot be reached for a while; LockBusy when another process has the directory */
export async function openRedisQueue(url: string, options: RedisQueueOptions): Promise<RedisQueue> {
  const address = storeAddress(url);
  const settings = settingsOf(options);
  const { instance, times, tickMs, results } = settings;
  const workListeners = new Set<() => void>();
  const cancelListeners = new Set<(id: string) => void>();
  let isChecked = false;
  let refusal: unknown = null;

  const connection = new Connection(address, {
    ...times,
    onUp: async (client) => {
      if (!isChecked) {
        try {
          for (const warning of await checkServer(client, address)) options.warn(warning);
          isChecked = true;
        } catch (error) {
          refusal = error;
          throw error;
        }
      }
      foundEpoch(await claims.begin(client));
      mayHaveWork();
    },
  });
  const store = new Store(connection, address.prefix);
  // Two processes would sweep each other's files.
  makeDataDirectory(options.dataDir);
  const unlock = lockStore(options.dataDir);
  const files = openContentsDirectory(`${options.dataDir}/contents`, { sync: options.sync, takesTurns: true });
  const contents = new RedisContents(store, files, settings.contents);
  const accepted = new Accepted(rememberedBytes);
  const intake = new Intake({ store, contents, accepted, settings });
  const claims = new Claims(store, contents, settings);
  const watching = new Watching(store, instance, accepted);
  const sweep = new ContentsSweep(files, {
    isReferredTo: (sha256) => contents.isCached(sha256) || claims.needs(sha256),
    now: () => performance.now(),
    graceMs: fileGraceMs,
  });
  contents.onDropped = (sha256) => sweep.suspect(sha256);
  const line = new Line(
    address,
    `${address.prefix}to:${instance}`,
    {
      work: () => mayHaveWork(),
      cancelled: (id) => cancelListeners.forEach((listener) => listener(id)),
      happened: (id, event) => watching.happened(id, event),
      again: () => {
        watching.again();
        mayHaveWork();
        void intake.review().catch(() => {});
      },
    },
    times,
  );

  function mayHaveWork(): void {
    claims.news();
    for (const listener of workListeners) listener();
  }

  let epoch: string | null = null;
  /** Another one than before: the store was emptied meanwhile. */
  function foundEpoch(found: string): void {
    const isOther = epoch !== null && epoch !== found;
    epoch = found;
    if (isOther) void putBack(found);
  }
  async function putBack(into: string): Promise<void> {
    while (epoch === into && !isClosed) {
      try {
        await intake.putBack();
        return watching.again();
      } catch (error) {
        // Tried again until it is done, or the store was emptied once more.
        if (!(error instanceof StoreFault)) options.warn(String(error));
        await Bun.sleep(tickMs);
      }
    }
  }

  let [ticking, underWay] = [Promise.resolve(), 0];
  let heldAt = performance.now();
  /** @param isForced although somebody else did it a moment ago */
  async function tick(isForced: boolean): Promise<void> {
    try {
      sweep.step(claims.oldestMs);
      await line.probe();
      let [more, waiting, force] = [1, 0, isForced];
      while (more === 1) {
        const seen = (await store.run(scripts.upkeep, instance, templates(settings.attempts), results.mostCount, results.mostBytes, settings.silenceMs, crypto.randomUUID(), settings.clockStepMs, force ? 1 : 0)) as [number, string, number];
        [more, , waiting] = seen;
        force = true;
        foundEpoch(seen[1]);
      }
      if (performance.now() - heldAt > holdMs) {
        await contents.renewHeld();
        heldAt = performance.now();
      }
      // Who was to be told may have died; the word may have been lost with a connection.
      if (claims.isHungry && waiting > 0) mayHaveWork();
    } catch (error) {
      if (!(error instanceof StoreFault)) options.warn(String(error));
    }
  }
  /** One after the other. */
  function ticks(isForced: boolean): Promise<void> {
    underWay++;
    ticking = ticking.then(() => tick(isForced)).finally(() => underWay--);
    return ticking;
  }

  let isClosed = false;
  const end = () => {
    isClosed = true;
    clearInterval(timer);
    line.close();
    connection.close();
    files.close();
    unlock();
  };
  const queue = new RedisQueue({ store, contents, claims, watching, intake, settings, workListeners, cancelListeners, lookAfter: () => ticks(true), end });
  sweep.removeIncomplete();
  let timer: Timer | undefined;
  await connection.start();
  const until = performance.now() + times.firstMs;
  while (!connection.isUp && refusal === null && performance.now() < until) await Bun.sleep(50);
  if (refusal !== null || !connection.isUp) {
    const { problem } = connection;
    end();
    throw refusal ?? configError(`cannot reach the store ${address.shown}: ${problem}`, "start it, and look at its address, name and password: a wrong password and a certificate that nobody trusts look like a closed connection");
  }
  await line.start();
  timer = setInterval(() => void (underWay === 0 && ticks(false)), tickMs);
  return queue;
}
