/** Writes docs/judge-report.png from a judging made by hand, as Chromium shows it: `bun test/judge-report-screenshot.ts`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { reportHtml } from "../src/judge/report/report.ts";
import { openBrowser } from "./helpers/browser.ts";
import { realisticJudging } from "./helpers/judging.ts";
import { temporaryDirectory } from "./helpers/temporary.ts";

const width = 1240;
const margin = 16;

using directory = temporaryDirectory();
const path = join(directory.path, "report.html");
writeFileSync(path, reportHtml(realisticJudging()));
await using browser = await openBrowser();
const { page } = browser;
await page.size(width, 1000);
await page.media({ scheme: "light" });
await page.open(pathToFileURL(path).href);
const [top, bottom] = await page.value<[number, number]>(
  "(() => { const box = (id) => document.getElementById(id).getBoundingClientRect(); return [box('matrix-section').top, box('times-plot-section').bottom]; })()",
);
const { data } = await page.send<{ data: string }>("Page.captureScreenshot", { format: "png", captureBeyondViewport: true, clip: { x: 0, y: top - margin, width, height: bottom - top + 2 * margin, scale: 1 } });
writeFileSync(join(import.meta.dir, "../docs/judge-report.png"), Buffer.from(data, "base64"));
