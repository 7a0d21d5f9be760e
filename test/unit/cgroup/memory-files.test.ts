// What the files of either version mean. Plain files stand for those of a group, so a write stays in them, as "0" at their beginning.
import { afterEach, describe, expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MemoryFiles, namesOfV1, namesOfV2 } from "../../../src/cgroup/memory-files.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../helpers/temporary.ts";

const mebibyte = 2 ** 20;
/** What usage may be too high by, as the processors charge in advance. */
const batches = availableParallelism() * 64 * 4096;
const opened: { readonly made: TemporaryDirectory; readonly files: MemoryFiles }[] = [];

function open(names: typeof namesOfV1, texts: Readonly<Record<string, string | number>>) {
  const made = temporaryDirectory();
  const files = new MemoryFiles(made.path, names);
  opened.push({ made, files });
  const write = (changed: Readonly<Record<string, string | number>>) => {
    for (const [name, text] of Object.entries(changed)) writeFileSync(join(made.path, name), `${text}\n`);
  };
  write(texts);
  return { files, write, text: (name: string) => readFileSync(join(made.path, name), "latin1") };
}

afterEach(() => {
  for (const { made, files } of opened.splice(0)) {
    files.close();
    made[Symbol.dispose]();
  }
});

const v1Statistics = "cache 7\nrss 8\nshmem 9\ntotal_cache 5242880\ntotal_rss 3145728\ntotal_rss_huge 2097152\ntotal_shmem 1048576";
const v2Statistics = "anon 3145728\nfile 5242880\nkernel 65536\nkernel_stack 16384\nsock 8192\nshmem 1048576\nslab 32768";

describe("version 1", () => {
  const texts = {
    "memory.stat": v1Statistics, "memory.kmem.usage_in_bytes": 65_536, "memory.usage_in_bytes": 9 * mebibyte,
    "memory.max_usage_in_bytes": 20 * mebibyte, "memory.memsw.max_usage_in_bytes": 12 * mebibyte,
  };

  test("anonymous and shared memory are the program's, cache without what is shared and memory of the kernel are not", () => {
    const { files } = open(namesOfV1, texts);
    expect(files.look(false)).toMatchObject({ programBytes: 4 * mebibyte, otherBytes: 4 * mebibyte + 65_536 });
  });

  test("the peak of memory and swap begins anew with every look, the other one is left alone", () => {
    const { files, text } = open(namesOfV1, texts);
    expect(files.look(false)).toMatchObject({ peakBytes: 12 * mebibyte, source: "peaks between looks" });
    expect(text("memory.memsw.max_usage_in_bytes")).toStartWith("0");
    expect([files.peakBytes(), files.highestBytes]).toEqual([20 * mebibyte, 12 * mebibyte]);
  });

  test("without accounting of swap, the peak of the run counts when it has risen since the look before", () => {
    const { "memory.memsw.max_usage_in_bytes": _, ...without } = texts;
    const { files, write } = open(namesOfV1, without);
    expect(files.look(false)).toMatchObject({ peakBytes: 20 * mebibyte, source: "peak of the run" });
    expect(files.look(false)).toMatchObject({ peakBytes: null, source: "peak of the run" });
    write({ "memory.max_usage_in_bytes": 21 * mebibyte });
    expect(files.look(true)).toMatchObject({ peakBytes: 21 * mebibyte, source: "peak of the run" });
  });

  test("a kernel that does not count its own memory has none", () => {
    const { "memory.kmem.usage_in_bytes": _, ...without } = texts;
    expect(open(namesOfV1, without).files.look(false).otherBytes).toBe(4 * mebibyte);
  });

  test("after the end, what is still charged is page cache, though statistics lag behind", () => {
    const { files } = open(namesOfV1, { ...texts, "memory.stat": "total_cache 0\ntotal_rss 0\ntotal_shmem 0", "memory.usage_in_bytes": 90 * mebibyte });
    expect(files.look(true)).toEqual({ peakBytes: 20 * mebibyte, programBytes: 0, otherBytes: 90 * mebibyte - batches, source: "peaks between looks" });
  });
});

describe("version 2", () => {
  const texts = { "memory.stat": v2Statistics, "memory.current": 9 * mebibyte, "memory.peak": 12 * mebibyte };

  test("anonymous and shared memory are the program's, files without what is shared and memory of the kernel are not", () => {
    const { files } = open(namesOfV2, texts);
    expect(files.look(false)).toEqual({ peakBytes: 12 * mebibyte, programBytes: 4 * mebibyte, otherBytes: 4 * mebibyte + 65_536 + 8192, source: "peaks between looks" });
  });

  test("before Linux 5.18 memory of the kernel is the sum of its parts", () => {
    const { files } = open(namesOfV2, { ...texts, "memory.stat": v2Statistics.replace("kernel 65536\n", "") });
    expect(files.look(false).otherBytes).toBe(4 * mebibyte + 16_384 + 32_768 + 8192);
  });

  test("before Linux 5.19 there are looks alone", () => {
    const { "memory.peak": _, ...without } = texts;
    const { files } = open(namesOfV2, without);
    expect(files.look(false)).toMatchObject({ peakBytes: null, programBytes: 4 * mebibyte, source: "looks" });
    expect([files.peakBytes(), files.usageBytes(), files.look(true).source]).toEqual([null, 9 * mebibyte, "looks"]);
  });
});
