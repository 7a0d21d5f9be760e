/** What it costs the supervisor to take a program's output, against what the program itself uses. */
import { copyFileSync } from "node:fs";
import { program } from "../helpers/programs.ts";
import { boxOf, median, ms, table, type Settings } from "./measure.ts";

const cases: readonly (readonly [name: string, program: string, ...args: string[]])[] = [
  ["nothing", "write-bytes", "0"],
  ["200,000 x 1 byte", "write-bytes", "200000"],
  ["2,000,000 x 1 byte", "write-bytes", "2000000"],
  ["200 x 1 byte, 5 ms apart", "write-bytes", "200", "0.005"],
  ["8 MB in lines", "write-stdout", String(8 * 1024 * 1024)],
];

interface Account {
  readonly supervisorMs: number;
  readonly programMs: number;
  readonly wallMs: number;
}

async function once(binary: string, state: string, name: string, args: readonly string[]): Promise<Account> {
  const child = Bun.spawn([binary, "run", "--state-dir", state, "--box-id", "0", "--json", "--", `./${name}`, ...args], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  const text = await new Response(child.stdout).text();
  await child.exited;
  const { cpu_time, wall_time, status } = JSON.parse(text) as { cpu_time: number; wall_time: number; status: string };
  if (status !== "Success") throw new Error(`${name} ended with ${status}`);
  return { supervisorMs: Number(child.resourceUsage()!.cpuTime.total) / 1000 - cpu_time * 1000, programMs: cpu_time * 1000, wallMs: wall_time * 1000 };
}

/** @param directory ours, for state directories; @param binaries what is compared, by name */
export async function outputs(directory: string, binaries: ReadonlyMap<string, string>, { rounds }: Settings): Promise<void> {
  const stateOf = (build: string) => `${directory}/output-${build}`;
  for (const [build, binary] of binaries) {
    const workdir = boxOf(binary, stateOf(build));
    for (const name of ["write-bytes", "write-stdout"]) copyFileSync(await program(name), `${workdir}/${name}`);
  }
  const rows: string[][] = [];
  for (const [what, name, ...args] of cases) {
    const seen = new Map([...binaries.keys()].map((build) => [build, [] as Account[]]));
    for (let round = 0; round < Math.max(5, Math.ceil(rounds / 20)); round++) {
      for (const [build, binary] of binaries) seen.get(build)!.push(await once(binary, stateOf(build), name, args));
    }
    for (const [build, accounts] of seen) {
      const of = (key: keyof Account) => median(accounts.map((account) => account[key]));
      rows.push([`${what}, ${build}`, ms(of("supervisorMs")), ms(of("programMs")), ms(of("wallMs"))]);
    }
  }
  for (const [build, binary] of binaries) Bun.spawnSync([binary, "cleanup", "--state-dir", stateOf(build), "--all"]);
  table("the output of a program", ["", "supervisor's CPU ms, start-up included", "program's CPU ms", "wall ms"], rows);
}
