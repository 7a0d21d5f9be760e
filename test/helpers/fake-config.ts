/** A configuration of the service and languages of it, as unit tests want them. */
import type { ServeConfig } from "../../src/serve/config/config.ts";
import { dialects } from "../../src/serve/job.ts";
import type { LanguageCatalog, ServedLanguage } from "../../src/serve/languages.ts";

const mebibyte = 1024 * 1024;

const usualRun = { cpu_time_limit: 3, wall_time_limit: 6, memory_limit: 256 * mebibyte, output_limit: mebibyte, process_limit: 64 };
const mostRun = { cpu_time_limit: 60, wall_time_limit: 120, memory_limit: 2048 * mebibyte, output_limit: 64 * mebibyte, process_limit: 256 };

/** A configuration with parts of it as the test says. */
export function fakeConfig(parts: Partial<ServeConfig> = {}): ServeConfig {
  return {
    host: "127.0.0.1", port: 0, hostNames: [], unixSocket: null, ports: {}, dialects, slots: 2, cpus: null, dataDir: "/proc/nonexistent", stateDir: "/proc/nonexistent", store: "sqlite", sync: "normal", packs: [], insecure: false, keys: [],
    bounds: { body: 64 * mebibyte, depth: 64, values: 250_000, files: 256, tests: 1000, batch: 1000, wait: 60, jobBytes: 64 * mebibyte, outputBytes: 64 * mebibyte, socketMessage: 16 * mebibyte },
    run: { usual: usualRun, most: mostRun },
    compile: { usual: { ...usualRun, cpu_time_limit: 10, wall_time_limit: 20, memory_limit: 1024 * mebibyte }, most: mostRun },
    network: "none",
    queue: { most: 10_000, mostWait: null, lease: 15, attempts: 3 },
    results: { keep: 86_400, mostCount: 1_000_000, mostBytes: 2 ** 34 },
    callbacks: { allowed: true, privateNetworks: [], secrets: [], timeout: 5, giveUp: 86_400 },
    cors: { origins: [] }, tls: null, trustedProxies: [], metrics: { port: null, open: false }, log: { level: "silent" }, drain: { grace: 0, most: 30 },
    worker: { name: "fake", labels: {} },
    judge0: { base64ByDefault: false, version: "1.13.1", maintenance: null, mostBatch: 20, waitAllowed: true, users: [] },
    goJudge: { sourcePrefixes: [], fileStoreBytes: 256 * mebibyte, fileKeep: 3600 },
    piston: { version: "3.1.1" },
    ...parts,
  };
}

/** A language with what a test does not say left empty. */
export function fakeLanguage(parts: Partial<ServedLanguage> & { readonly id: string }): ServedLanguage {
  return {
    name: parts.id, aliases: [], extensions: [`.${parts.id}`], isCompiled: false, version: "1.0.0", isThere: true, problem: null, piston: null, judge0: [], compileCommand: null, runCommand: `${parts.id} {source}`,
    ...parts,
  };
}

/** Python (interpreted), C and C++ (compiled), Bash, and Haskell, which this host has not got. */
export const fakeLanguages: readonly ServedLanguage[] = [
  fakeLanguage({ id: "python", name: "Python 3", aliases: ["python3", "py"], extensions: [".py"], version: "3.11.2", piston: { name: "python", aliases: ["py", "py3", "python3", "python3.11"], runtime: null }, judge0: [71, 92, 100, 109, 113] }),
  fakeLanguage({ id: "javascript", name: "JavaScript (Node.js)", aliases: ["js", "node", "nodejs"], extensions: [".js"], version: "18.20.4", piston: { name: "javascript", aliases: ["node-js", "node-javascript", "js"], runtime: "node" }, judge0: [63, 93, 97, 102] }),
  fakeLanguage({ id: "c", name: "C (GCC, C17)", extensions: [".c"], isCompiled: true, version: "12.2", piston: { name: "c", aliases: ["gcc"], runtime: "gcc" }, judge0: [50, 48, 49, 103], compileCommand: "/usr/bin/gcc -O2 -o {executable} {sources}", runCommand: "{executable}" }),
  fakeLanguage({ id: "cpp", name: "C++ (GCC, C++20)", aliases: ["c++", "cxx", "cc"], extensions: [".cpp", ".cc"], isCompiled: true, version: "12.2.0", piston: { name: "c++", aliases: ["cpp", "g++"], runtime: "gcc" }, judge0: [54, 52, 53, 105], compileCommand: "/usr/bin/g++ -O2 -o {executable} {sources}", runCommand: "{executable}" }),
  fakeLanguage({ id: "shell", name: "Bash", aliases: ["sh", "bash"], extensions: [".sh"], version: "5.2.15", piston: { name: "bash", aliases: ["sh"], runtime: null }, judge0: [46] }),
  fakeLanguage({ id: "haskell", name: "Haskell (GHC)", extensions: [".hs"], isCompiled: true, version: null, isThere: false, problem: "no such program: /usr/bin/ghc", piston: { name: "haskell", aliases: ["hs"], runtime: null }, judge0: [61] }),
];

/** A catalog of these languages. */
export function fakeCatalog(languages: readonly ServedLanguage[] = fakeLanguages): LanguageCatalog {
  return { all: languages, find: (name) => languages.find(({ id, aliases }) => id === name || aliases.includes(name)) ?? null };
}
