/** A run: sent, heard of as it goes on, shown. A part of script.ts. */
export const runScript = `  // A run.

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
`;
