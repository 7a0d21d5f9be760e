// The report of a judging in a browser that people have.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { JudgingDocument } from "../../src/judge/document.ts";
import { reportHtml } from "../../src/judge/report/report.ts";
import { openState } from "../helpers/binary.ts";
import { type Browser, browserPath, openBrowser, type Page } from "../helpers/browser.ts";
import { contrastInPage } from "../helpers/contrast.ts";
import { documentOf, notRun, realisticJudging, submissionOf, testOf } from "../helpers/judging.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";
import { until } from "../helpers/until.ts";

const browserThere = executable(browserPath);
const claim = claimWith(browserThere);

let browser: Browser;
let page: Page;
let directory: string;
beforeAll(async () => {
  if (browserThere.missing !== null) return;
  directory = makeTestDirectory("report");
  browser = await openBrowser();
  ({ page } = browser);
});
afterAll(async () => {
  if (browserThere.missing !== null) return;
  await browser[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

interface View {
  readonly width?: number;
  readonly scheme?: "light" | "dark";
  readonly type?: "print" | "";
  readonly fragment?: string;
}

let files = 0;
async function show(report: JudgingDocument | string, { width = 1280, fragment = "", ...media }: View = {}): Promise<string> {
  const path = join(directory, `${++files}.html`);
  writeFileSync(path, typeof report === "string" ? report : reportHtml(report));
  await page.size(width, 800);
  await page.media(media);
  const url = pathToFileURL(path).href;
  await page.open(`${url}${fragment}`);
  return url;
}

/** Many submissions and tests, with long names. */
const large = (submissions: number, tests: number) =>
  documentOf(
    Array.from({ length: submissions }, (_, row) =>
      submissionOf(
        `submissions/accepted/a-name-that-is-as-long-as-names-become-${row}.cpp`,
        Array.from({ length: tests }, (_unused, column) => testOf(`secret/group-${Math.floor((column * 5) / tests)}/${"test-".repeat(6)}${column}`, { group: `secret/group-${Math.floor((column * 5) / tests)}`, ...((row + column) % 17 === 0 ? { verdict: "WA", message: "line 1, column 1: found 'x', the answer has 'y'" } : {}) })),
        { as_expected: row % 5 !== 0, groups: Array.from({ length: 5 }, (_unused, group) => ({ name: `secret/group-${group}`, verdict: "AC" as const, score: 20, max_score: 20 })) },
      ),
    ),
  );

const noOverflow = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";

describe("the report in a browser", () => {
  claim("loads nothing and has no complaints", async () => {
    const url = await show(realisticJudging());
    expect(await page.value("document.title")).toBe("Judging of sums");
    expect(page.requests.filter((request) => !request.startsWith("data:"))).toEqual([url]);
    expect(page.messages).toEqual([]);
  });

  claim("has a cell for each submission and test, and only what is unexpected is hatched", async () => {
    await show(realisticJudging());
    expect(await page.value("[...document.querySelectorAll('#matrix-table tbody tr')].map((row) => row.querySelectorAll('td').length)")).toEqual(Array.from({ length: 10 }, () => 42));
    const hatched = "[...document.querySelectorAll('#matrix-table tbody :is(td, span.v)')].filter((cell) => getComputedStyle(cell).backgroundImage.startsWith('repeating-linear-gradient')).map((cell) => cell.textContent)";
    expect(await page.value(hatched)).toEqual(["WA!", "W!", "AC!"]);
  });

  claim("keeps the names of tests and submissions in sight when the matrix is moved", async () => {
    await show(large(30, 80));
    const places = await page.value<Record<"scrolled" | "moved" | "left" | "top", number>>(`(() => {
      const box = document.querySelector(".matrix");
      const name = box.querySelector("tbody tr:nth-child(20) th"), head = box.querySelector("th.test:nth-of-type(50)");
      const before = [name.getBoundingClientRect().left, head.getBoundingClientRect().top];
      box.scrollTo(400, 300);
      return { scrolled: box.scrollLeft, moved: box.scrollTop, left: name.getBoundingClientRect().left - before[0], top: head.getBoundingClientRect().top - before[1] };
    })()`);
    expect(places).toEqual({ scrolled: 400, moved: 300, left: 0, top: 0 });
  });

  claim("is gone through by the keys: one stop for the matrix, arrows in it, the drill-down behind it", async () => {
    await show(realisticJudging());
    expect(await page.value("document.querySelectorAll('#matrix-table td a[tabindex=\"0\"], #matrix-table th a[tabindex=\"0\"]').length")).toBe(1);
    await page.value("document.querySelector('#matrix-table tbody tr:nth-child(3) td:nth-of-type(34) a').focus()");
    for (const key of ["ArrowRight", "ArrowLeft", "ArrowDown"]) await page.key(key);
    expect(await page.value("document.activeElement.textContent")).toBe("W!");
    await page.key("Enter");
    await until("the row is in sight", () => page.value<boolean>("(() => { const row = document.querySelector('tr:target'); const { top, bottom } = row?.getBoundingClientRect() ?? { top: -1 }; return row !== null && top >= 0 && bottom <= innerHeight; })()"));
    // What opens it comes after the browser has gone there.
    await until("it is open", () => page.value<boolean>("document.querySelector('tr:target details').open && document.querySelector('tr:target pre').checkVisibility()"));
    expect(await page.value("document.querySelector('tr:target pre').textContent")).toBe("line 18, column 7: found '4294967296', the answer has '-4294967296'");
  });

  claim("opens what a link leads to and shows everything, without scripts as well", async () => {
    await page.send("Emulation.setScriptExecutionDisabled", { value: true });
    try {
      await show(realisticJudging(), { fragment: "#s5t25" });
      const { root } = await page.send<{ root: { nodeId: number } }>("DOM.getDocument");
      const { nodeId } = await page.send<{ nodeId: number }>("DOM.querySelector", { nodeId: root.nodeId, selector: "#s5[open] tr:target" });
      const { model } = await page.send<{ model: { height: number } }>("DOM.getBoxModel", { nodeId });
      expect(model.height).toBeGreaterThan(10);
      expect(page.messages).toEqual([]);
    } finally {
      await page.send("Emulation.setScriptExecutionDisabled", { value: false });
    }
  });

  for (const width of [1280, 400]) {
    claim(`is no wider than the window at ${width} px, whatever is open in it`, async () => {
      const evil = "x".repeat(5000);
      const wide = submissionOf(evil, [testOf(evil, { group: evil, verdict: "WA", message: evil, checker: { exit_code: 43, message: evil, score: null, time: 0 } })], { unexpected: [evil], as_expected: false, expected_by: evil });
      for (const report of [large(8, 50), documentOf([wide], { problem: evil, warnings: [evil] })]) {
        await show(report, { width });
        await page.value("document.querySelectorAll('details').forEach((element) => (element.open = true))");
        expect(await page.value(noOverflow)).toBe(true);
      }
    });
  }

  for (const scheme of ["light", "dark"] as const) {
    claim(`has a contrast of at least 4.5 in every text, on a ${scheme} screen`, async () => {
      const every = (["AC", "WA", "TLE", "MLE", "RTE", "OLE", "JE"] as const).map((verdict) => submissionOf(verdict, [testOf("1", { verdict, sample: true }), testOf("2", { verdict, as_expected: false }), notRun("3")], { as_expected: false, score: 1, max_score: 2 }));
      const { time_limit } = realisticJudging();
      await show({ ...documentOf([...every, { ...realisticJudging().submissions[3]!, tests: every[0]!.tests }], { time_limit, warnings: ["w"] }), judge_errors: [{ submission: "a", test: "1", message: "m" }] }, { scheme });
      await page.value("document.querySelectorAll('details').forEach((element) => (element.open = true))");
      const { bad, texts } = await page.value<{ bad: string[]; texts: number }>(`(${contrastInPage})(4.5)`);
      expect(bad).toEqual([]);
      expect(texts).toBeGreaterThan(400);
    });
  }

  claim("is light on paper, fits it, and a wide matrix goes on in the next line", async () => {
    await show(large(6, 60), { width: 1000, type: "print", scheme: "dark" });
    expect(await page.value("getComputedStyle(document.documentElement).backgroundColor")).toBe("rgb(255, 255, 255)");
    expect(await page.value("document.querySelector('nav').checkVisibility()")).toBe(false);
    expect(await page.value(noOverflow)).toBe(true);
    const lines = "new Set([...document.querySelectorAll('#matrix-table tbody tr:first-child td')].map((cell) => cell.getBoundingClientRect().top)).size";
    expect(await page.value<number>(lines)).toBeGreaterThan(1);
    const isSeen = "(({ right, height, width }) => right <= document.documentElement.clientWidth && height >= 12 && width >= 12)(cell.getBoundingClientRect())";
    expect(await page.value(`[...document.querySelectorAll("#matrix-table td")].every((cell) => ${isSeen} && cell.firstElementChild.getBoundingClientRect().bottom <= cell.getBoundingClientRect().bottom + 1)`)).toBe(true);
    const { data } = await page.send<{ data: string }>("Page.printToPDF", { printBackground: true, preferCSSPageSize: true });
    expect(Buffer.from(data.slice(0, 8), "base64").toString()).toStartWith("%PDF-");
  });

  claim("shows hostile texts and runs nothing of them", async () => {
    const evil = `</pre></table></script><script>window.ran=1</script><img src=x onerror="window.ran=1"><a href="javascript:ran=1">\u202e`;
    await show(documentOf([submissionOf(evil, [testOf(evil, { verdict: "WA", message: evil })], { as_expected: false })], { problem: evil }));
    expect(await page.value("[typeof ran, document.images.length, document.scripts.length, document.links.length > 0, document.querySelector('tr[id] pre').textContent]")).toEqual(["undefined", 0, 1, true, evil.replace("\u202e", "\\u202e")]);
    expect(page.messages).toEqual([]);
  });

  claim("runs and loads nothing even if something were smuggled in unescaped", async () => {
    let asked = 0;
    await using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => (asked++, new Response("x")) });
    const place = `http://127.0.0.1:${server.port}/`;
    const hole = `<script>window.ran=1</script><script src="${place}"></script><img src="${place}" onerror="window.ran=1"><link rel="stylesheet" href="${place}"><style>body{display:none}</style><p style="color:red">x</p><iframe src="${place}"></iframe><base href="${place}">`;
    await show(reportHtml(realisticJudging()).replace("<main>", `<main>${hole}`));
    expect(await page.value("[typeof ran, document.body.checkVisibility(), document.baseURI.startsWith('file:')]")).toEqual(["undefined", true, true]);
    expect(page.messages.filter((message) => message.includes("Content Security Policy")).length).toBeGreaterThanOrEqual(7);
    expect(asked).toBe(0);
    // The same without the policy does all of that.
    await show(reportHtml(realisticJudging()).replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "").replace("<main>", `<main>${hole}`));
    expect(await page.value("[ran, document.body.checkVisibility()]")).toEqual([1, false]);
    expect(asked).toBeGreaterThan(0);
  });

  claim("of 100,000 tests is a page that a browser is done with", async () => {
    const tests = Array.from({ length: 100_000 }, (_, index) => testOf(`secret/${index}`, { group: "secret", ...(index === 77_777 ? { verdict: "WA", message: "the one" } : {}) }));
    await show(documentOf([submissionOf("a", tests), submissionOf("b", tests)]));
    expect(await page.value<number>("document.querySelectorAll('*').length")).toBeLessThan(250_000);
    expect(await page.value("document.querySelector('#matrix-table td.WA').textContent")).toBe("W1");
  });
});

claimWith(...sandbox, browserThere)("judge --html writes a report of what it judged, over the last one", async () => {
  await using state = openState();
  const tests = join(state.scratch, "tests");
  mkdirSync(tests);
  for (const number of [1, 2]) for (const kind of ["in", "ans"]) writeFileSync(join(tests, `${number}.${kind}`), `${number}\n`);
  const html = join(state.scratch, "report.html");
  const source = state.file("echo.sh", "read n; [ $n = 1 ] && echo 1 || { echo oops >&2; echo '<b>'; }\n");
  for (let round = 0; round < 2; round++) expect((await state.mini(["judge", source, tests, "--html", html])).exitCode).toBe(1);
  await show(readFileSync(html, "utf8"));
  expect(await page.value("[...document.querySelectorAll('#matrix-table td')].map(({ textContent }) => textContent)")).toEqual(["A", "W"]);
  expect(await page.value("document.querySelector('#s1t2 pre').textContent")).toBe("line 1, column 1: found '<b>', the answer has '2'");
  expect(page.messages).toEqual([]);
});
