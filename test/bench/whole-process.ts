/** What a caller of the binary waits for: whole processes, from the start to the last system call. */
import { chmodSync, writeFileSync } from "node:fs";
import { binaryPath } from "../helpers/binary.ts";
import { command, compare, type Contender, type Settings } from "./measure.ts";

const direct = command("/bin/true, directly", ["/bin/true"]);

function mini(name: string, state: string, ...args: string[]): Contender {
  const [word, ...rest] = args;
  return command(name, [binaryPath, word!, ...(word!.startsWith("--") ? [] : ["--state-dir", state]), ...rest]);
}

const isolate = Bun.which("isolate");

/** Modes of ioi/isolate that work here; its group mode needs a host that was set up for it. */
function isolateModes(): string[][] {
  return isolate === null ? [] : [["--box-id=99"], ["--box-id=98", "--cg"]].filter((mode) => Bun.spawnSync([isolate, ...mode, "--init"]).exitCode === 0);
}

function peers(modes: readonly string[][]): Contender[] {
  const bubblewrap = Bun.which("bwrap");
  return [
    ...(bubblewrap === null ? [] : [command("bwrap, all namespaces", [bubblewrap, "--ro-bind", "/", "/", "--unshare-all", "--die-with-parent", "/bin/true"])]),
    ...modes.map((mode) => command(`isolate ${mode.slice(1).join("")} --run`, [isolate!, ...mode, "--silent", "--run", "--", "/bin/true"])),
  ];
}

/** Without the cache, with an entry that is made anew each time, and with one that is there. */
function executes(state: string, source: string): Contender[] {
  const args = ["execute", "--box-id", "0", "--source", source];
  const miss = mini("execute, not in the cache", state, ...args);
  const empty = mini("cleanup --cache", state, "cleanup", "--cache");
  const missing = { name: miss.name, once: async () => (await empty.once(), await miss.once()) };
  return [mini("execute --no-cache", state, ...args, "--no-cache"), missing, hitting(mini("execute, from the cache", state, ...args))];
}

/** Once before the clock: what was done before in this round may have emptied the cache. */
function hitting(contender: Contender): Contender {
  return { name: contender.name, once: async () => (await contender.once(), await contender.once()) };
}

/** @param state a state directory with box 0 in it; @param workdir that box's */
export async function wholeProcesses(state: string, workdir: string, settings: Settings): Promise<void> {
  const explain = mini("run --explain: all but the run", state, "run", "--box-id", "0", "--explain", "--", "/bin/true");
  await compare("start-up of the binary", [direct, mini("--version", state, "--version"), mini("list", state, "list"), explain], settings);

  // Its exit code says what it found of this host. The aim is 2 s.
  const examined = command("doctor", [binaryPath, "doctor", "--state-dir", `${state}-doctor`], Bun.spawnSync([binaryPath, "doctor", "--state-dir", `${state}-doctor`], { stdout: "ignore" }).exitCode);
  await compare("doctor, whole process", [direct, examined], { ...settings, rounds: Math.ceil(settings.rounds / 10) });

  const modes = isolateModes();
  await compare(
    "run -- /bin/true, whole process",
    [
      direct,
      mini("run, box 0", state, "run", "--box-id", "0", "--", "/bin/true"),
      mini("run, temporary box", `${state}-temporary`, "run", "--", "/bin/true"),
      mini("run, box 0, passthrough", state, "run", "--box-id", "0", "--passthrough", "--", "/bin/true"),
      ...peers(modes),
    ],
    settings,
  );
  for (const mode of modes) Bun.spawnSync([isolate!, ...mode, "--cleanup"]);

  const script = `${workdir}/nothing.sh`;
  const source = `${state}-nothing.c`;
  writeFileSync(script, "#!/bin/bash\n");
  chmodSync(script, 0o755);
  writeFileSync(source, "int main(void) { return 0; }\n");
  const again = mini("execute", state, "execute", "--box-id", "0", "--source", script);
  const plain = mini("run", state, "run", "--box-id", "0", "--", "/bin/bash", "/box/nothing.sh");
  await compare("execute of a shell script against run of the same", [command("bash, directly", ["/bin/bash", script]), plain, again], settings);
  const compiler = command("gcc as the pack has it, directly, without the run", ["/usr/bin/gcc", "-x", "c", "-O2", "-std=gnu17", "-static", "-o", `${state}-nothing`, source, "-lm"]);
  const rounds = Math.ceil(settings.rounds / 5);
  await compare("execute of a C program: compile and run", [compiler, ...executes(state, source)], { ...settings, rounds });

  const cpp = `${state}-hello.cpp`;
  writeFileSync(cpp, '#include <iostream>\nint main() { std::cout << "hello\\n"; }\n');
  const compilerOfCpp = command("g++ as the pack has it, directly, without the run", ["/usr/bin/g++", "-x", "c++", "-O2", "-std=gnu++20", "-static", "-o", `${state}-hello`, cpp]);
  await compare("execute of a C++ program: compile and run", [compilerOfCpp, ...executes(state, cpp)], { ...settings, rounds });
}
