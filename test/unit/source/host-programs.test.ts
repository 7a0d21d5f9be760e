import { describe, expect, test } from "bun:test";
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { adviceFor, describeAbsence, findOnHost } from "../../../src/source/host-programs.ts";
import { resolveMounts } from "../../../src/executor/plan/resolve.ts";
import { defaultMounts } from "../../../src/model/mounts.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

/** What boxes have by themselves, without what only an instance has. */
const boxMounts = resolveMounts(defaultMounts, "/nowhere");

function program(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "");
  chmodSync(path, 0o755);
}

/** A caller whose home is this directory, and whose PATH has these directories of it. */
function callerAt(home: string, ...path: readonly string[]) {
  return { HOME: home, PATH: path.map((directory) => `${home}/${directory}`).join(":") };
}

describe("a program that a box does not see", () => {
  test("is missing when the host has it nowhere", () => {
    const absence = findOnHost("/usr/bin/no-such-compiler", boxMounts, {});
    expect(absence).toEqual({ kind: "missing", program: "/usr/bin/no-such-compiler", elsewhere: null });
    expect([describeAbsence(absence), adviceFor(absence)]).toEqual([
      "/usr/bin/no-such-compiler is not installed on this host",
      "install the package that brings /usr/bin/no-such-compiler, or use another language pack",
    ]);
  });

  test("is missing where the pack names it, when the box has it in another place", () => {
    const absence = findOnHost("/usr/local/games/env", boxMounts, {});
    expect(absence).toEqual({ kind: "missing", program: "/usr/local/games/env", elsewhere: "/usr/bin/env" });
    expect(adviceFor(absence)).toBe("the host has /usr/bin/env: name this path in a language pack of your own");
  });

  test("is outside with the directory above its bin, and the mount alone is enough for an absolute path", () => {
    using directory = temporaryDirectory();
    const jdk = `${directory.path}/jdk-21`;
    program(`${jdk}/bin/java`);
    const absence = findOnHost(`${jdk}/bin/java`, boxMounts, {});
    expect(absence).toEqual({ kind: "outside", program: `${jdk}/bin/java`, hostPath: `${jdk}/bin/java`, mount: jdk.slice(1) });
    expect([describeAbsence(absence), adviceFor(absence)]).toEqual([
      `${jdk}/bin/java is not visible in a box`,
      `the host has it: add '${jdk.slice(1)}' to the mounts of the language pack`,
    ]);
  });

  test("is found by its name in the caller's PATH, and then has to be named by its path", () => {
    using directory = temporaryDirectory();
    program(`${directory.path}/tool-1/bin/mini-isolate-tool`);
    const absence = findOnHost("mini-isolate-tool", boxMounts, callerAt(directory.path, "tool-1/bin"));
    const hostPath = `${directory.path}/tool-1/bin/mini-isolate-tool`;
    expect(absence).toEqual({ kind: "outside", program: "mini-isolate-tool", hostPath, mount: `${directory.path}/tool-1`.slice(1) });
    expect(adviceFor(absence)).toBe(`the host has ${hostPath}: add '${`${directory.path}/tool-1`.slice(1)}' to the mounts of a language pack and name this path in its commands`);
    expect(findOnHost("/usr/bin/mini-isolate-tool", boxMounts, callerAt(directory.path, "tool-1/bin"))).toMatchObject({ kind: "outside", hostPath });
  });

  test("behind a link to its directory is mounted at the link, so that the pack may go on naming that", () => {
    using directory = temporaryDirectory();
    program(`${directory.path}/jdk-21/bin/java`);
    symlinkSync("jdk-21", `${directory.path}/jdk`);
    const path = `${directory.path}/jdk/bin/java`;
    expect(findOnHost(path, boxMounts, {})).toEqual({ kind: "outside", program: path, hostPath: path, mount: `${directory.path}/jdk`.slice(1) });
  });

  test("behind a link to itself is mounted where it really is", () => {
    using directory = temporaryDirectory();
    program(`${directory.path}/jdk-21/bin/java`);
    mkdirSync(`${directory.path}/bin`);
    symlinkSync("../jdk-21/bin/java", `${directory.path}/bin/java`);
    const path = `${directory.path}/bin/java`;
    expect(findOnHost(path, boxMounts, {})).toEqual({ kind: "outside", program: path, hostPath: `${directory.path}/jdk-21/bin/java`, mount: `${directory.path}/jdk-21`.slice(1) });
  });

  test.each([
    ["a home", "bin/tool", "bin"],
    ["~/.local", ".local/bin/tool", ".local/bin"],
    ["a home, for a program that lies in it", "tool", "tool"],
    ["more than the installation", "apps/tool-2/tool", "apps/tool-2"],
  ])("does not make one mount %s", (_, place, mount) => {
    using directory = temporaryDirectory();
    const path = `${directory.path}/${place}`;
    program(path);
    expect(findOnHost(path, boxMounts, callerAt(directory.path))).toMatchObject({ kind: "outside", hostPath: path, mount: `${directory.path}/${mount}`.slice(1) });
  });

  test("behind a shim of pyenv is that of the chosen version, else of the newest that has it", () => {
    using directory = temporaryDirectory();
    const pyenv = `${directory.path}/.pyenv`;
    for (const version of ["3.9.1", "3.10.2", "3.11.3"]) program(`${pyenv}/versions/${version}/bin/mini-isolate-py`);
    program(`${pyenv}/versions/4.0/bin/other`);
    program(`${pyenv}/shims/mini-isolate-py`);
    const caller = callerAt(directory.path, ".pyenv/shims");
    const found = (version: string) => ({ kind: "outside", hostPath: `${pyenv}/versions/${version}/bin/mini-isolate-py`, mount: `${pyenv}/versions/${version}`.slice(1) });
    expect(findOnHost("mini-isolate-py", boxMounts, caller)).toMatchObject(found("3.11.3"));
    writeFileSync(`${pyenv}/version`, "3.9.1\n");
    expect(findOnHost("mini-isolate-py", boxMounts, caller)).toMatchObject(found("3.9.1"));
    // Without PATH, as under sudo.
    expect(findOnHost("mini-isolate-py", boxMounts, { HOME: directory.path })).toMatchObject(found("3.9.1"));
  });

  test("behind a shim of asdf is in its installs", () => {
    using directory = temporaryDirectory();
    const asdf = `${directory.path}/.asdf`;
    program(`${asdf}/installs/lua/5.4.6/bin/mini-isolate-lua`);
    program(`${asdf}/shims/mini-isolate-lua`);
    expect(findOnHost("mini-isolate-lua", boxMounts, callerAt(directory.path, ".asdf/shims"))).toMatchObject({ hostPath: `${asdf}/installs/lua/5.4.6/bin/mini-isolate-lua` });
  });

  test.each(["symbolic", "hard"])("behind a %s link to rustup is that of the default toolchain", (kind) => {
    using directory = temporaryDirectory();
    const { path } = directory;
    program(`${path}/.cargo/bin/rustup`);
    const link = `${path}/.cargo/bin/rustc`;
    if (kind === "hard") linkSync(`${path}/.cargo/bin/rustup`, link);
    else symlinkSync("rustup", link);
    for (const name of ["nightly", "stable"]) program(`${path}/.rustup/toolchains/${name}/bin/rustc`);
    writeFileSync(`${path}/.rustup/settings.toml`, 'version = "12"\ndefault_toolchain = "nightly"\n');
    expect(findOnHost(link, boxMounts, { HOME: path })).toEqual({
      kind: "outside", program: link, hostPath: `${path}/.rustup/toolchains/nightly/bin/rustc`, mount: `${path}/.rustup/toolchains/nightly`.slice(1),
    });
  });

  test("whose place no rule can name is not said to be had by one", () => {
    using directory = temporaryDirectory();
    const path = `${directory.path}/a:b/bin/tool`;
    program(path);
    expect(findOnHost(path, boxMounts, {})).toEqual({ kind: "missing", program: path, elsewhere: null });
  });

  test("is not a directory, not a file without permission to execute, and not a link that leads nowhere", () => {
    using directory = temporaryDirectory();
    mkdirSync(`${directory.path}/one/mini-isolate-tool`, { recursive: true });
    program(`${directory.path}/two/mini-isolate-tool`);
    chmodSync(`${directory.path}/two/mini-isolate-tool`, 0o644);
    mkdirSync(`${directory.path}/three`);
    symlinkSync("nowhere", `${directory.path}/three/mini-isolate-tool`);
    expect(findOnHost("mini-isolate-tool", boxMounts, callerAt(directory.path, "one", "two", "three")).kind).toBe("missing");
  });
});
