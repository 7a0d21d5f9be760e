// The languages that a server shows whose jobs run on other machines.
import { expect, test } from "bun:test";
import { type Queue, StoreFault, type WorkerState } from "../../../src/serve/queue/queue.ts";
import { Fleet } from "../../../src/serve/service/fleet.ts";
import { fakeCatalog } from "../../helpers/fake-config.ts";

const worker: WorkerState = { name: "w", slots: 1, languages: ["haskell", "c"], labels: {}, versions: { haskell: "9.0.2", c: "13" }, running: 0, silentFor: 0 };

async function fleetOf(workers: () => Promise<readonly WorkerState[]>): Promise<Fleet> {
  return await Fleet.start({ workers } as unknown as Queue, () => own);
}
const own = fakeCatalog();

test("a language that only a worker has is there, in the worker's version; one that is here is as it is here", async () => {
  const fleet = await fleetOf(async () => [worker]);
  expect(own.find("haskell")).toMatchObject({ isThere: false });
  expect(fleet.catalog.find("hs") ?? fleet.catalog.find("haskell")).toMatchObject({ isThere: true, problem: null, version: "9.0.2" });
  expect(fleet.catalog.all.map(({ id }) => id)).toEqual(own.all.map(({ id }) => id));
  expect(fleet.catalog.all.find(({ id }) => id === "haskell")).toMatchObject({ isThere: true });
  expect(fleet.catalog.find("c")).toEqual(own.find("c"));
  expect(fleet.catalog.find("nothing")).toBeNull();
  fleet.close();
});

test("without workers, and without a store, the languages are those of this machine", async () => {
  for (const workers of [async () => [], async () => { throw new StoreFault("away"); }]) {
    const fleet = await fleetOf(workers);
    expect(fleet.catalog.all).toEqual(own.all);
    fleet.close();
  }
});
