import { judge } from "mini-isolate";

const here = import.meta.dir;
for await (const event of judge(`${here}/tests`, [`${here}/sum.cpp`, `${here}/sum.py`])) {
  if (event.kind === "test") console.log(event.submission, event.result.name, event.result.decision.verdict);
  if (event.kind === "end") console.log(event.results.map(({ decision }) => decision.verdict));
}
