/** What the page does: it asks the own API, and shows what comes as text. */
import { samples } from "./samples.ts";
import { editorScript } from "./script-editor.ts";
import { overviewScript } from "./script-overview.ts";
import { runScript } from "./script-run.ts";

export const script = `"use strict";
(() => {
  const samples = ${JSON.stringify(samples)};
  const mostShown = 1000000;
  const byId = (id) => document.getElementById(id);
  const [language, source, input, run, stop, verdict] = ["language", "source", "input", "run", "stop", "verdict"].map(byId);
  const places = { stdout: byId("stdout"), stderr: byId("errors").querySelector("pre"), compiler: byId("compiler").querySelector("pre") };
  let key = "";
  let job = null;
  let sample = "";

  const element = (name, text, className) => {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const ask = (path, init = {}) => fetch("v1/" + path, { ...init, headers: { ...init.headers, ...(key === "" ? {} : { Authorization: "Bearer " + key }) } });

  /** What a refusal says. */
  const wordsOf = async (response) => {
    try {
      return (await response.json()).detail;
    } catch {
      return "the service answers with " + response.status;
    }
  };

  const say = (text, kind = "") => {
    verdict.textContent = text;
    verdict.className = kind;
  };

${editorScript}
${overviewScript}
${runScript}
  begin();
})();
`;
