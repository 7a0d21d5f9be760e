import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArguments } from "../../../src/cli/args.ts";
import { buildRequest, variableOf, type RunRequest } from "../../../src/cli/request.ts";
import { IsolateError } from "../../../src/model/errors.ts";
import { plainRun } from "../../../src/model/request.ts";
import { makeTestDirectory } from "../../helpers/test-directory.ts";

let directory: string;
beforeEach(() => {
  directory = makeTestDirectory();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function request(...argv: string[]): Promise<RunRequest> {
  const built = await buildRequest(parseArguments("run", ["--state-dir", directory, ...argv, "prog"])!.flags);
  built.delivery.output?.close();
  built.delivery.meta?.close();
  return built;
}

async function refusal(...argv: string[]): Promise<IsolateError> {
  const error = await request(...argv).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof IsolateError)) throw new Error(`not refused: ${argv.join(" ")}`);
  return error;
}

describe("a request", () => {
  test("without flags is a plain run of a command line", async () => {
    const { options, boxId, temporary } = await request();
    expect(options).toEqual({ ...plainRun, network: null, allow: [], terminal: null, stderrToStdout: false, stdoutTo: null, stderrTo: null, blocking: true, warn: expect.any(Function) });
    expect(boxId).toBeNull();
    expect(temporary).toEqual({});
  });

  test("carries limits in the units of the code, null for unlimited", async () => {
    const { options } = await request("--max-cpu", "1.5", "--max-memory", "16", "--max-time=unlimited");
    expect(options.overrides).toEqual({ maxCpu: 1.5, maxMemory: 16 * 1024 * 1024, maxTime: null });
  });

  test("carries every option of the run", async () => {
    const { options } = await request(
      "--env=A=1", "--mount", "data=/srv:rw", "--chdir", "sub", "--stdout-file", "o", "--stderr-file", "e", "--share-net", "--inherit-fds",
      "--cpus", "0,2-3", "--wait", "--strict", "--passthrough", "--full-env",
    );
    expect(options).toMatchObject({
      environment: [["A", "1"]], mounts: ["data=/srv:rw"], chdir: "sub", stdinFile: null, stdoutFile: "o", stderrFile: "e",
      shareNetwork: true, network: "host", inheritDescriptors: expect.any(Array), cpus: "0,2-3", wait: true, strict: true, passthrough: true,
    });
    expect(options.fullEnvironment).toMatchObject({ PATH: process.env["PATH"]! });
  });

  test("has the network that it names, and no two of them", async () => {
    expect((await request("--network", "loopback")).options).toMatchObject({ network: "loopback", shareNetwork: false });
    expect((await request("--network=none")).options.network).toBe("none");
    expect((await request("--network", "host", "--share-net")).options.network).toBe("host");
    expect((await refusal("--network", "none", "--share-net")).message).toBe("--share-net and --network none exclude each other");
    expect((await refusal("--network", "lo")).message).toContain("it must be none or loopback or host");
  });

  test("collects warnings, unless nobody is to be told", async () => {
    const told = await request();
    told.options.warn?.("no cgroup");
    expect(told.warnings).toEqual(["no cgroup"]);
    expect((await request("--silent")).options.warn).toBeNull();
    expect((await request("--passthrough")).options.warn).toBeNull();
    expect((await request("--passthrough", "--verbose")).options.warn).not.toBeNull();
  });

  test("settings of a temporary box become its configuration", async () => {
    const { temporary, temporaryFlags } = await request("--processes", "4", "--fsize", "1", "--stack=unlimited", "--disk-limit", "2", "--open-files", "64");
    expect(temporary).toEqual({ process_limit: 4, file_size_limit: 1024 * 1024, stack_limit: null, disk_limit: 2 * 1024 * 1024, open_files_limit: 64 });
    expect(temporaryFlags).toEqual(["processes", "file-size", "stack", "disk-limit", "open-files"]);
  });

  test("reads --input through a descriptor", async () => {
    writeFileSync(join(directory, "in"), "data");
    const { stdin } = await request("--input", join(directory, "in"));
    if (stdin.kind !== "descriptor") throw new Error(stdin.kind);
    expect(readFileSync(stdin.fd, "utf8")).toBe("data");
  });

  test("with passthrough has our own standard input, whatever it is", async () => {
    expect((await request("--passthrough")).stdin).toEqual({ kind: "descriptor", fd: 0 });
  });

  test("with passthrough or --silent prints nothing, also with a file for the document", async () => {
    const file = join(directory, "out");
    expect((await request("--passthrough", "--json", "--output", file)).delivery).toMatchObject({ json: false, silent: true });
    expect((await request("--silent", "--json", "--output", file)).delivery).toMatchObject({ json: false, silent: true });
    expect((await request("--json", "--output", file)).delivery).toMatchObject({ json: true, silent: false });
  });
});

describe("contradictions are refused", () => {
  test.each([
    [["--silent", "--verbose"], "--silent and --verbose exclude each other"],
    [["--passthrough", "--json"], "--passthrough and --json exclude each other"],
    [["--silent", "--json"], "--silent and --json exclude each other"],
    [["--input", "/dev/null", "--stdin-file", "x"], "--input and --stdin-file exclude each other"],
    [["--output", "/tmp/x", "--meta", "/tmp/x"], "--output and --meta name the same file"],
    [["--result", "/tmp/x", "--meta", "/tmp/x"], "--result and --meta name the same file"],
    [["--result", "/tmp/x", "--output", "/tmp/y"], "--result and --output exclude each other"],
    [["--explain", "--passthrough"], "--explain and --passthrough exclude each other"],
    [["--explain", "--meta", "/dev/null"], "--explain and --meta exclude each other"],
  ])("%j", async (argv, message) => {
    const error = await refusal(...argv);
    expect(error.message).toBe(message);
    expect(error.exitCode).toBe(64);
  });
});

describe("files that cannot be used are refused", () => {
  test.each([
    ["--input", "missing", "cannot read --input @/missing: ENOENT (no such file or directory)"],
    ["--input", ".", "cannot read --input @/.: it is a directory"],
    ["--output", "missing/out", "cannot write --output @/missing/out: ENOENT (no such file or directory)"],
    ["--meta", "missing/out", "cannot write --meta @/missing/out: ENOENT (no such file or directory)"],
  ])("%s %s", async (flag, name, message) => {
    const error = await refusal(flag, `${directory}/${name}`);
    expect(error.message).toBe(message.replace("@", directory));
    expect(error.exitCode).toBe(64);
  });
});

describe("a variable", () => {
  const environment = { HOME: "/root", EMPTY: "" };
  test.each([
    ["A=1", ["A", "1"]],
    ["A=", ["A", ""]],
    ["A=b=c", ["A", "b=c"]],
    ["HOME", ["HOME", "/root"]],
    ["EMPTY", ["EMPTY", ""]],
    ["MISSING", ["MISSING", null]],
    ["toString", ["toString", null]],
  ] as [string, [string, string | null]][])("%s", (text, expected) => {
    expect(variableOf(text, environment)).toEqual(expected);
  });
});
