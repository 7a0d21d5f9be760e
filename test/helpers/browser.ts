/** Chromium without a window, driven by the protocol of its developer tools over a socket on loopback. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeTestDirectory } from "./test-directory.ts";
import { until } from "./until.ts";

export const browserPath = "/usr/bin/chromium";

/** Root has no sandbox in Chromium, and /dev/shm of containers is small. */
const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-port=0"];

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** A page, and all that it said and asked for. */
export class Page {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #last = 0;
  #loaded = () => {};
  /** Of the console and of scripts, with what the security policy refused. */
  readonly messages: string[] = [];
  readonly requests: string[] = [];

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(String(data)) as Message));
  }

  #take({ id, method, params = {}, result, error }: Message): void {
    if (id !== undefined) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error.message));
    } else if (method === "Page.loadEventFired") this.#loaded();
    else if (method === "Network.requestWillBeSent") this.requests.push((params["request"] as { url: string }).url);
    else if (method === "Runtime.consoleAPICalled" || method === "Runtime.exceptionThrown" || method === "Log.entryAdded") this.messages.push(JSON.stringify(params));
  }

  async send<T = unknown>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#last;
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#socket.send(JSON.stringify({ id, method, params }));
    return (await answer) as T;
  }

  async open(url: string): Promise<void> {
    [this.messages.length, this.requests.length] = [0, 0];
    const loaded = new Promise<void>((resolve) => (this.#loaded = resolve));
    await this.send("Page.navigate", { url });
    await loaded;
  }

  /** The value of an expression in the page, by JSON. */
  async value<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send<{ result: { value: T }; exceptionDetails?: { exception?: { description?: string } } }>("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? "the expression failed");
    return result.value;
  }

  async key(key: string, code = key): Promise<void> {
    const numbers: Record<string, number> = { Tab: 9, Enter: 13, Escape: 27, ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40 };
    const event = { key, code, windowsVirtualKeyCode: numbers[key] ?? 0, ...(key === "Enter" ? { text: "\r" } : {}) };
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...event });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  async size(width: number, height: number): Promise<void> {
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  }

  async media({ type = "", scheme = "light" }: { readonly type?: "print" | ""; readonly scheme?: "light" | "dark" }): Promise<void> {
    await this.send("Emulation.setEmulatedMedia", { media: type, features: [{ name: "prefers-color-scheme", value: scheme }] });
  }
}

export interface Browser extends AsyncDisposable {
  readonly page: Page;
}

/** One page; `using` ends the browser. */
export async function openBrowser(): Promise<Browser> {
  const profile = makeTestDirectory("browser");
  // Its own notices are about the host.
  const child = Bun.spawn([browserPath, ...flags, `--user-data-dir=${profile}`, "about:blank"], { stdin: "ignore", stdout: "ignore", stderr: "ignore", env: { ...Bun.env, HOME: profile } });
  let socket: WebSocket | null = null;
  const close = async () => {
    socket?.close();
    child.kill();
    await child.exited;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    const port = await portOf(profile, () => child.exitCode !== null);
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as { type: string; webSocketDebuggerUrl: string }[];
    socket = new WebSocket(targets.find(({ type }) => type === "page")!.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket!.addEventListener("open", resolve);
      socket!.addEventListener("error", reject);
    });
    const page = new Page(socket);
    for (const domain of ["Page", "Network", "Runtime", "Log"]) await page.send(`${domain}.enable`);
    return { page, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

function portOf(profile: string, hasEnded: () => boolean): Promise<string> {
  return until("the browser listens", () => {
    if (hasEnded()) throw new Error("the browser ended");
    try {
      return /^[0-9]+/.exec(readFileSync(join(profile, "DevToolsActivePort"), "utf8"))?.[0];
    } catch {
      return null;
    }
  }, 20_000);
}
