/** What the page does: it asks the own API, and shows what comes as text. */
import { samples } from "./samples.ts";

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

  // The editor.

  const numbers = byId("numbers");
  const count = () => {
    const lines = source.value.split("\\n").length;
    if (numbers.dataset.lines !== String(lines)) {
      numbers.dataset.lines = String(lines);
      numbers.textContent = Array.from({ length: lines }, (_, index) => index + 1).join("\\n");
    }
    // As far as the text beside them; the page itself does not move.
    numbers.style.height = source.clientHeight + "px";
    numbers.scrollTop = source.scrollTop;
  };
  source.addEventListener("input", count);
  source.addEventListener("scroll", count);
  new ResizeObserver(count).observe(source);

  let leaves = false;
  source.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leaves = true;
    else if (event.key === "Tab" && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey && !leaves) {
      event.preventDefault();
      // This way it can be undone.
      if (!document.execCommand("insertText", false, "    ")) source.setRangeText("    ", source.selectionStart, source.selectionEnd, "end");
      count();
    } else if (event.key !== "Shift") leaves = false;
  });
  source.addEventListener("blur", () => (leaves = false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !run.disabled) {
      event.preventDefault();
      start();
    }
  });

  const offer = () => {
    if (source.value !== sample) return;
    sample = samples[language.value] ?? "";
    source.value = sample;
    count();
  };
  language.addEventListener("change", offer);

  // What is there.

  const showLanguages = (languages) => {
    const there = languages.filter((one) => one.is_there);
    const before = language.value;
    language.replaceChildren(...there.map(({ id, name }) => {
      const option = element("option", name);
      option.value = id;
      return option;
    }));
    if (there.some(({ id }) => id === before)) language.value = before;
    byId("languages").tBodies[0].replaceChildren(...languages.map(({ id, name, version, aliases, is_there: isThere, problem }) => {
      const row = element("tr", "", isThere ? "" : "off");
      const head = element("th", name);
      head.scope = "row";
      row.append(head, element("td", isThere ? (version ?? "") : problem ?? "not here"), element("td", [id, ...aliases].join(", ")));
      return row;
    }));
    offer();
  };

  /** After the first start of a service they take a while. */
  const showVersions = async () => {
    try {
      const response = await ask("languages?wait=30");
      if (response.ok) showLanguages((await response.json()).languages);
    } catch {
      // What is shown is true, and only not all of it.
    }
  };

  const time = (seconds) => (seconds < 1 ? Math.round(seconds * 1000) + " ms" : seconds.toFixed(seconds < 10 ? 2 : 1) + " s");
  const size = (bytes) => (bytes < 1048576 ? (bytes / 1024).toFixed(1) + " KB" : (bytes / 1048576).toFixed(1) + " MB");

  const showQueue = ({ queued, running, oldest_seconds: oldest, slots, workers, is_draining: draining, problems }) => {
    const waits = queued.interactive + queued.normal + queued.batch;
    const parts = [running + (running === 1 ? " job runs" : " jobs run"), waits + (waits === 1 ? " waits" : " wait")];
    if (oldest !== null) parts.push("the oldest one for " + time(oldest));
    if (workers.length > 1) parts.push(workers.length + " workers");
    byId("queue").textContent = parts.join(", ") + ".";
    byId("slots").tBodies[0].replaceChildren(...slots.map(({ cpus, busy, language: id, seconds }, index) => {
      const row = element("tr", "");
      const head = element("th", String(index + 1));
      head.scope = "row";
      row.append(head, element("td", cpus ?? "any"), element("td", busy ? "runs " + (id ?? "commands") + " for " + time(seconds) : "is free", busy ? "" : "off"));
      return row;
    }));
    state(draining ? "The service is about to end." : problems.length > 0 ? "Not ready: " + problems.join("; ") : "");
  };

  /** Told again only when it is another one: it is read aloud. */
  const state = (text) => {
    if (byId("state").textContent !== text) byId("state").textContent = text;
  };

  let timer = 0;
  const look = async () => {
    clearTimeout(timer);
    if (document.visibilityState === "visible") {
      try {
        const response = await ask("queue");
        if (response.ok) showQueue(await response.json());
        else if (response.status !== 401) state(await wordsOf(response));
      } catch {
        state("The service cannot be reached.");
      }
    }
    clearTimeout(timer);
    timer = setTimeout(look, job === null ? 2000 : 500);
  };
  document.addEventListener("visibilitychange", look);

  const begin = async () => {
    try {
      const response = await ask("info");
      byId("access").hidden = key === "" && response.status !== 401;
      if (!response.ok) return state(key === "" && response.status === 401 ? "The service wants a key." : await wordsOf(response));
      const info = await response.json();
      byId("version").textContent = info.version;
      byId("access").hidden = !info.needs_key;
      state("");
      const { languages } = await (await ask("languages")).json();
      showLanguages(languages);
      if (languages.some((one) => one.is_there && one.version === null)) showVersions();
    } catch {
      state("The service cannot be reached.");
    }
    await look();
  };
  byId("access").addEventListener("submit", (event) => {
    event.preventDefault();
    key = byId("key").value.trim();
    begin();
  });

  // A run.

  const show = (place, text) => {
    const pre = places[place];
    if (text === "" || pre.dataset.full) return;
    if (pre.parentElement.id === "compiler" || pre.parentElement.id === "errors") pre.parentElement.hidden = false;
    const shown = pre.firstChild ?? pre.appendChild(document.createTextNode(""));
    const isAtEnd = pre.scrollTop + pre.clientHeight >= pre.scrollHeight - 4;
    if (shown.length + text.length > mostShown) {
      pre.dataset.full = "1";
      text = text.slice(0, mostShown - shown.length) + "\\n[the page shows no more]";
    }
    shown.appendData(text);
    if (isAtEnd) pre.scrollTop = pre.scrollHeight;
  };

  const clear = () => {
    for (const pre of Object.values(places)) {
      pre.replaceChildren();
      delete pre.dataset.full;
    }
    byId("compiler").hidden = byId("errors").hidden = true;
    byId("figures").replaceChildren();
  };

  const figure = (name, value) => {
    const box = element("div", "");
    box.append(element("dt", name), element("dd", value));
    byId("figures").append(box);
  };

  const decoded = (base64) => new TextDecoder().decode(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));

  const heard = (name, data) => {
    if (data.id !== undefined) job = data.id;
    if (name === "queued") say("It waits for a slot.");
    if (name === "started") say("It has a slot.");
    if (name === "compiling") say("It is compiled.");
    if (name === "test") say("It runs.");
    if (name === "given-back") say("It lost its slot, and starts again: " + data.reason);
    if (name === "output") show(data.test === null ? "compiler" : data.stream, data.text ?? decoded(data.base64));
    if (name === "ended") end(data.job);
  };

  const end = ({ outcome, status, problem, compile, tests }) => {
    // What came as it was written may be less than all.
    clear();
    if (compile !== null) show("compiler", compile.stdout + compile.stderr);
    const [test] = tests;
    if (test !== undefined) {
      show("stdout", test.stdout);
      show("stderr", test.stderr);
      figure("CPU time", time(test.cpu_time));
      figure("time", time(test.wall_time));
      if (test.memory_peak !== null) figure("memory", size(test.memory_peak));
      if (test.exit_code !== null) figure("exit code", String(test.exit_code));
      if (test.signal !== null) figure("signal", String(test.signal));
    }
    if (outcome !== "finished") return say(outcome === "failed" ? "It could not be run: " + problem : "It was " + outcome + ".", "bad");
    const message = (status === "CompileError" ? compile : test)?.error_message ?? null;
    say(status + (message === null || status === "Success" ? "" : ": " + message), status === "Success" ? "good" : "bad");
  };

  const start = async () => {
    run.disabled = true;
    stop.disabled = false;
    clear();
    say("It is sent.");
    job = "";
    try {
      const body = JSON.stringify({ language: language.value, source: source.value, stdin: input.value });
      const response = await ask("jobs", { method: "POST", headers: { "Content-Type": "application/json", Accept: "text/event-stream" }, body });
      if (!response.ok) return say(await wordsOf(response), "bad");
      look();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      let isOver = false;
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        text += next.value;
        const blocks = text.split("\\n\\n");
        text = blocks.pop();
        for (const block of blocks) {
          const field = (name) => block.split("\\n").find((line) => line.startsWith(name + ": "))?.slice(name.length + 2) ?? "";
          if (field("event") === "") continue;
          isOver = field("event") === "ended";
          heard(field("event"), JSON.parse(field("data")));
        }
      }
      if (!isOver) say("The service has ended the connection before the end of the program.", "bad");
    } catch (error) {
      say("The connection to the service was lost: " + error.message, "bad");
    } finally {
      job = null;
      run.disabled = false;
      stop.disabled = true;
      look();
    }
  };
  run.addEventListener("click", start);
  stop.addEventListener("click", async () => {
    if (!job) return;
    const response = await ask("jobs/" + job + "/cancel", { method: "POST" });
    if (!response.ok) say(await wordsOf(response), "bad");
  });

  begin();
})();
`;
