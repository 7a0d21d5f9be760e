/** Writes docs/serve-page.png: the page of a real service with a program that has run, as Chromium shows it: `bun test/serve-page-screenshot.ts`, after a build. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openBrowser } from "./helpers/browser.ts";
import { startServer } from "./helpers/serve.ts";
import { until } from "./helpers/until.ts";

const width = 1000;

await using service = await startServer({});
await using browser = await openBrowser();
const { page } = browser;
await page.size(width, 760);
await page.media({ scheme: "light" });
await page.open(`${service.url}/`);
await until("the languages are there", () => page.value<boolean>("document.getElementById('language').options.length > 0"));
await page.value("(() => { document.getElementById('input').value = 'Ada\\n'; document.getElementById('run').click(); })()");
await until("it has run", async () => (await page.value<string>("document.getElementById('verdict').textContent")).startsWith("Success"));
const height = await page.value<number>("Math.ceil(document.getElementById('slots').getBoundingClientRect().bottom) + 24");
const { data } = await page.send<{ data: string }>("Page.captureScreenshot", { format: "png", captureBeyondViewport: true, clip: { x: 0, y: 0, width, height, scale: 1 } });
writeFileSync(join(import.meta.dir, "../docs/serve-page.png"), Buffer.from(data, "base64"));
