// A day's traffic in little time: what the service uses does not grow with what it has done.
import { expect } from "bun:test";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { startServer, type TestService } from "../helpers/serve.ts";

const claim = claimWith(...sandbox, executable("/bin/sh"));

/** More by hand: what grows by little grows by much then. */
const jobs = Number(Bun.env["MINI_ISOLATE_SERVE_JOBS"] ?? "500");
const clients = 8;
const mebibyte = 1024 * 1024;

interface Use {
  /** Of the service and its slots together, in bytes. */
  readonly memory: number;
  readonly descriptors: number;
  readonly processes: number;
  readonly groups: number;
}

claim("many small jobs leave memory, descriptors, processes and control groups as they were", async () => {
  await using service = await startServer({ results: { keep: "1h", most_count: 200 } });
  await work(service, 200);
  const before = await use(service);
  await work(service, jobs);
  const after = await use(service);
  expect(after.processes).toBe(before.processes);
  // Some wait for the next runs.
  expect(after.groups).toBeLessThan(16);
  expect(after.descriptors - before.descriptors).toBeLessThan(10);
  expect((after.memory - before.memory) / mebibyte).toBeLessThan(60);
  const { results } = (await (await service.ask("/v1/queue")).json()) as { readonly results: number };
  expect(results).toBeLessThan(500);
});

/** Each answer is the right one; dialects take turns. */
async function work(service: TestService, count: number): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: clients }, async () => {
    for (let number = next++; number < count; number = next++) {
      const source = `echo ${number}; echo error >&2`;
      switch (number % 3) {
        case 0: {
          const { run } = (await (await service.post("/api/v2/execute", { language: "bash", version: "*", files: [{ content: source }] })).json()) as { readonly run: { readonly stdout: string } };
          if (run.stdout !== `${number}\n`) throw new Error(JSON.stringify(run));
          break;
        }
        case 1: {
          const answer = (await (await service.post("/submissions?wait=true", { language_id: 46, source_code: source, expected_output: String(number) })).json()) as { readonly status: { readonly id: number } };
          if (answer.status.id !== 3) throw new Error(JSON.stringify(answer));
          break;
        }
        default: {
          const answer = (await (await service.post("/v1/jobs?wait=30", { language: "shell", source })).json()) as { readonly tests: readonly { readonly stdout: string }[] };
          if (answer.tests[0]!.stdout !== `${number}\n`) throw new Error(JSON.stringify(answer));
        }
      }
    }
  }));
}

async function use({ pid }: TestService): Promise<Use> {
  // What is thrown away needs a moment to be gone.
  await Bun.sleep(1500);
  const pids = [pid, ...children(pid)];
  return {
    memory: pids.reduce((sum, one) => sum + Number(/^Pss:\s+([0-9]+)/m.exec(readFileSync(`/proc/${one}/smaps_rollup`, "utf8"))![1]) * 1024, 0),
    descriptors: pids.reduce((sum, one) => sum + descriptorsOf(one), 0),
    processes: pids.length,
    groups: readdirSync("/sys/fs/cgroup/memory", { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory() && pids.some((one) => entry.name.startsWith(`mini-isolate-tmp-${one}-`))).length,
  };
}

/** The slots; what they have started is theirs. */
function children(pid: number): number[] {
  return readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name)).map(Number).filter((one) => {
    try {
      return readFileSync(`/proc/${one}/stat`, "utf8").split(") ")[1]!.split(" ")[1] === String(pid);
    } catch {
      return false;
    }
  });
}

/** Connections of clients come and go. */
function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return !readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith("socket:");
    } catch {
      return false;
    }
  }).length;
}
