/**
 * When the file of a keeper was replaced, the program that is there now takes the keeper's place: in the same process, with the socket as it is.
 * So there is no moment without a socket, and clients that connect meanwhile wait in its queue.
 */
import { warm } from "../executor/warmth.ts";
import { executeInstead } from "../kernel/exec.ts";
import type { Endpoint } from "./endpoint.ts";
import { firstHandedOver, handOverVariables } from "./listen.ts";
import { OwnFile } from "./own-file.ts";

/** What the next keeper has from this one, besides the socket. */
export interface Heritage {
  /** How many commands are carried out at the same time. */
  readonly jobs: number;
  /** Ends after so many milliseconds without work; null: never. */
  readonly idleMs: number | null;
  /** That this process was started with. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How long a program that is there now may take to say its version. */
const patienceMs = 2000;
/** How long a keeper goes on when what is there cannot be started: somebody may still be writing it. */
const unstartableMs = 5000;

export class Succession {
  readonly #file = new OwnFile();
  readonly #endpoint: Endpoint;
  readonly #heritage: Heritage;

  constructor(endpoint: Endpoint, heritage: Heritage) {
    this.#endpoint = endpoint;
    this.#heritage = heritage;
  }

  /**
   * Hands over if the file was replaced by one that can be started, and does not come back then. For a keeper that has no client.
   * @param isStopping asked just before
   * @returns false: this keeper is to end
   */
  async mayGoOn(isStopping: () => boolean): Promise<boolean> {
    if (!this.#endpoint.isReachable()) return false;
    if (!this.#file.isReplaced()) return true;
    // A service manager keeps the socket, and starts what is there when somebody connects.
    if (this.#endpoint.path === null) return false;
    if (saysItsVersion(this.#file.path, this.#heritage.environment)) {
      // A signal that came meanwhile is heard first.
      await new Promise((resolve) => setImmediate(resolve));
      if (isStopping()) return true;
      warm()?.endAll();
      this.#handOver(this.#endpoint.path);
    }
    return this.#file.replacedForMs < unstartableMs;
  }

  /** Comes back only when it did not work; this keeper can go on then. */
  #handOver(socketPath: string): void {
    const { jobs, idleMs, environment } = this.#heritage;
    const program = this.#file.path;
    const argv = [program, "keeper", "--socket", socketPath, "--jobs", String(jobs), ...(idleMs === null ? [] : ["--idle", String(idleMs / 1000)])];
    const variables = { ...environment, ...handOverVariables() };
    executeInstead(program, argv, Object.entries(variables).map(([name, value]) => `${name}=${value}`), this.#endpoint.listener, firstHandedOver);
  }
}

/** Whether a file is a mini-isolate that can be started, as it says itself. It may be half written, be for another machine, or be anything else. */
function saysItsVersion(program: string, environment: Readonly<Record<string, string>>): boolean {
  try {
    const { exitCode, stdout } = Bun.spawnSync([program, "--version"], { env: environment, cwd: "/", stdin: "ignore", stdout: "pipe", stderr: "ignore", timeout: patienceMs, killSignal: "SIGKILL" });
    return exitCode === 0 && stdout.toString().startsWith("mini-isolate ");
  } catch {
    return false;
  }
}
