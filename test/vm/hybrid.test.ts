// A machine whose memory controller is of version 1, and whose others are of version 2: each is used where it is.
import { expect } from "bun:test";
import { openState } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { cgroupV1, cgroupV2, claimWith, root } from "../helpers/requires.ts";

const claim = claimWith(root, cgroupV1("memory"), cgroupV2("cpu", "pids"));

claim("each limit is enforced by the version that has its controller, and none is missing", async () => {
  await using state = openState();
  const { result, stderr } = await state.json(["run", "--strict", "--", "/bin/true"]);
  expect([result.status, stderr]).toEqual(["Success", ""]);
  expect(result.enforced).toMatchObject({ memory: "cgroup-v1", cpu_time: "cgroup-v2", processes: "cgroup-v2" });
});

claim("memory, processes and CPU time have their verdicts", async () => {
  await using state = openState();
  await boxWith(state, ["fill-memfd", "fork-children", "spin"], { init: ["--processes", "4", "--fsize", "512"] });
  const verdict = async (...args: string[]) => (await state.json(["run", "--max-time", "60", ...args])).result.status;
  expect(await verdict("--max-memory", "64", "--", "./fill-memfd", "300")).toBe("MemoryLimit");
  expect(await verdict("--", "./fork-children", "10")).toBe("ProcessLimit");
  expect(await verdict("--max-cpu", "0.5", "--max-time", "20", "--", "./spin")).toBe("TimeLimit");
  await expectNothingLeft(state);
});
