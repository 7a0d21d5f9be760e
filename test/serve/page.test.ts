// The page of the service in a browser that people have.
import { afterAll, beforeAll, expect } from "bun:test";
import { type Browser, browserPath, openBrowser, type Page } from "../helpers/browser.ts";
import { contrastInPage } from "../helpers/contrast.ts";
import { redis, RedisServer } from "../helpers/redis-server.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { startServer, type TestService } from "../helpers/serve.ts";
import { startWorker } from "../helpers/serve-worker.ts";
import { until } from "../helpers/until.ts";

const browserThere = executable(browserPath);
const needs = [...sandbox, executable("/usr/bin/python3"), browserThere];
const claim = claimWith(...needs);
const isThere = needs.every(({ missing }) => missing === null);

let service: TestService;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  if (!isThere) return;
  [service, browser] = await Promise.all([startServer({}), openBrowser()]);
  ({ page } = browser);
});
afterAll(async () => {
  if (!isThere) return;
  await browser[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});

async function show({ url = service.url, width = 1280, scheme = "light" }: { readonly url?: string; readonly width?: number; readonly scheme?: "light" | "dark" } = {}): Promise<void> {
  await page.size(width, 900);
  await page.media({ scheme });
  await page.open(`${url}/`);
}

const textOf = (selector: string) => page.value<string>(`document.querySelector(${JSON.stringify(selector)}).textContent`);
const shows = (what: string, selector: string, wanted: RegExp) => until(what, async () => wanted.test(await textOf(selector)));
const ready = () => until("the languages are there", () => page.value<boolean>("document.getElementById('language').options.length > 0 && document.querySelectorAll('#slots tbody tr').length > 0"));

/** Writes into the page as a person would have. */
async function fill(language: string, source: string, input = ""): Promise<void> {
  await page.value(`(() => {
    const put = (id, value, event) => { const place = document.getElementById(id); place.value = value; place.dispatchEvent(new Event(event)); };
    put("language", ${JSON.stringify(language)}, "change");
    put("source", ${JSON.stringify(source)}, "input");
    put("input", ${JSON.stringify(input)}, "input");
  })()`);
}

const press = (id: string) => page.value(`document.getElementById(${JSON.stringify(id)}).click()`);
const noOverflow = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";

claim("it asks nobody but the service, has no complaints, and shows languages with versions, the queue and the slots", async () => {
  await show();
  await ready();
  expect(page.requests.filter((request) => !request.startsWith("data:") && !request.startsWith(`${service.url}/`))).toEqual([]);
  expect(new Set(page.requests.map((request) => new URL(request).pathname).filter((path) => path.startsWith("/")))).toEqual(new Set(["/", "/v1/info", "/v1/languages", "/v1/queue"]));
  await shows("versions", "#languages tbody", /3\.\d+\.\d+/);
  const python = await page.value<string[]>("[...document.querySelectorAll('#languages tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent)).find(([, , ids]) => ids.startsWith('python'))");
  expect(python).toEqual(["Python 3", expect.stringMatching(/^3\.\d+/), expect.stringContaining("python, python3")]);
  expect(await page.value("[...document.querySelectorAll('#slots tbody tr')].map((row) => row.cells[2].textContent)")).toEqual(["is free", "is free"]);
  expect(await textOf("#queue")).toBe("0 jobs run, 0 wait.");
  expect(page.messages).toEqual([]);
});

claim("only browsers get it: clients of the dialects find their own answers at the same address", async () => {
  const asked = await service.ask("/", { headers: { accept: "text/html,application/xhtml+xml" } });
  expect([asked.status, asked.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  const policy = asked.headers.get("content-security-policy")!;
  expect([policy.includes("unsafe"), policy.startsWith("default-src 'none'; script-src 'sha256-"), policy.includes("frame-ancestors 'none'")]).toEqual([false, true, true]);
  for (const accept of ["*/*", "application/json"]) expect((await service.ask("/", { headers: { accept } })).headers.get("content-type") ?? "").not.toContain("text/html");
});

claim("a program is run, its output comes while it runs, and it is stopped", async () => {
  await show();
  await ready();
  await fill("python", "import time\nprint('Hello,', input(), flush=True)\nfor n in range(600): time.sleep(0.1)\n", "Ada");
  await press("run");
  await shows("what it wrote so far", "#stdout", /^Hello, Ada/);
  expect([await textOf("#verdict"), await page.value("[document.getElementById('run').disabled, document.getElementById('stop').disabled]")]).toEqual(["It runs.", [true, false]]);
  await shows("its slot", "#slots tbody", /runs python for/);
  await press("stop");
  await shows("its end", "#verdict", /^It was cancelled\.$/);
  await until("it can run again", () => page.value<boolean>("!document.getElementById('run').disabled"));
  expect(page.messages).toEqual([]);
});

claim("what came of a program is told with its time and memory, also of one that fails or does not compile", async () => {
  await show();
  await ready();
  await fill("c", "#include <stdio.h>\nint main(void) { fprintf(stderr, \"<b>oops</b>\\n\"); return 3; }\n");
  await press("run");
  await shows("its status", "#verdict", /^RuntimeError: /);
  expect(await textOf("#errors pre")).toBe("<b>oops</b>\n");
  expect(await page.value("[...document.querySelectorAll('#figures dt')].map((one) => one.textContent)")).toEqual(["CPU time", "time", "memory", "exit code"]);
  expect(await page.value("document.getElementById('verdict').className")).toBe("bad");
  await fill("c", "int main(void) { return undeclared_word; }\n");
  await press("run");
  await shows("the compiler's words", "#compiler pre", /undeclared_word/);
  await shows("its status", "#verdict", /^CompileError/);
  expect(await page.value("document.querySelectorAll('pre b').length")).toBe(0);
});

claim("each language begins with a program of its own, until somebody has written one", async () => {
  await show();
  await ready();
  const choose = (id: string) => page.value(`(() => { const place = document.getElementById("language"); place.value = "${id}"; place.dispatchEvent(new Event("change")); return document.getElementById("source").value; })()`);
  expect(await choose("c")).toStartWith("#include <stdio.h>");
  expect(await choose("python")).toContain("sys.stdin");
  await press("run");
  await shows("its output", "#stdout", /^Hello, world!\n$/);
  await fill("python", "mine");
  expect(await choose("c")).toBe("mine");
});

claim("it is used by the keys alone: Tab indents, Escape and Tab leave the editor, Ctrl+Enter runs", async () => {
  await show();
  await ready();
  await fill("python", "print(1)\n");
  await page.value("(() => { const source = document.getElementById('source'); source.focus(); source.setSelectionRange(0, 0); })()");
  await page.key("Tab");
  expect(await page.value("[document.activeElement.id, document.getElementById('source').value, document.getElementById('numbers').textContent]")).toEqual(["source", "    print(1)\n", "1\n2"]);
  await page.key("Escape");
  await page.key("Tab");
  expect(await page.value("document.activeElement.id")).toBe("input");
  for (const id of ["run", "stdout"]) {
    await page.key("Tab");
    // What is scrolled can be reached as well.
    expect(await page.value("document.activeElement.id")).toBe(id);
  }
  await fill("python", "print('by key')\n");
  await page.send("Input.dispatchKeyEvent", { type: "keyDown", key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, modifiers: 2 });
  await shows("its output", "#stdout", /^by key\n$/);
});

claim("everything that can be used has a name, and what changes is read aloud", async () => {
  await show();
  await ready();
  const nameless = "[...document.querySelectorAll('button, select, input, textarea, pre[tabindex], section, table')].filter((one) => !(one.labels?.length > 0 || one.getAttribute('aria-label') || one.getAttribute('aria-labelledby') || one.textContent.trim() !== '')).map((one) => one.id)";
  expect(await page.value(nameless)).toEqual([]);
  expect(await page.value("[document.getElementById('verdict').role, document.getElementById('verdict').ariaLive, document.documentElement.lang]")).toEqual(["status", "polite", "en"]);
});

for (const scheme of ["light", "dark"] as const) {
  claim(`it has a contrast of at least 4.5 in every text, on a ${scheme} screen`, async () => {
    await show({ scheme });
    await ready();
    await fill("python", "import sys\nprint(1)\nprint(2, file=sys.stderr)\nsys.exit(1)\n");
    await press("run");
    await shows("its status", "#verdict", /^RuntimeError/);
    const { bad, texts } = await page.value<{ bad: string[]; texts: number }>(`(${contrastInPage})(4.5)`);
    expect(bad).toEqual([]);
    expect(texts).toBeGreaterThan(60);
  });
}

claim("it is no wider than a window of 400 px, whatever is in it", async () => {
  await show({ width: 400 });
  await ready();
  await fill("python", `print("x" * 5000)  # ${"y".repeat(5000)}\n`);
  await press("run");
  await shows("its output", "#stdout", /^x{5000}\n$/);
  expect(await page.value(noOverflow)).toBe(true);
});

claim("a service with keys asks for one, and the page keeps it to itself", async () => {
  await using keyed = await startServer({ keys: [{ name: "anna", sha256: new Bun.CryptoHasher("sha256").update("a-key").digest("hex"), scopes: ["run", "read"] }] });
  await show({ url: keyed.url });
  await shows("what it wants", "#state", /^The service wants a key\.$/);
  expect(await page.value("document.getElementById('key').checkVisibility()")).toBe(true);
  await page.value("(() => { document.getElementById('key').value = 'a-key'; document.querySelector('#access button').click(); })()");
  await ready();
  await fill("python", "print('with a key')\n");
  await press("run");
  await shows("its output", "#stdout", /^with a key\n$/);
  expect(await page.value("[localStorage.length, sessionStorage.length, document.cookie, location.href]")).toEqual([0, 0, "", `${keyed.url}/`]);
});

claimWith(...needs, redis)("slots that are elsewhere are shown by their workers", async () => {
  await using store = await RedisServer.start();
  await using far = await startServer({ store: store.url, slots: 0 });
  await using _worker = await startWorker(store.url, "far-away");
  await show({ url: far.url });
  await shows("the worker", "#workers tbody", /^far-away10$/);
  expect(await page.value("[document.getElementById('slots').checkVisibility(), document.getElementById('workers').checkVisibility()]")).toEqual([false, true]);
  await until("its languages", () => page.value<boolean>("document.getElementById('language').options.length > 0"));
  await fill("python", "print('from afar')\n");
  await press("run");
  await shows("its output", "#stdout", /^from afar\n$/);
});

claim("a service that is gone is told as such", async () => {
  await using other = await startServer({});
  await show({ url: other.url });
  await ready();
  await other.stop();
  // It looks from time to time, and when it is seen again.
  await page.value("document.dispatchEvent(new Event('visibilitychange'))");
  await shows("what is wrong", "#state", /^The service cannot be reached\.$/);
});
