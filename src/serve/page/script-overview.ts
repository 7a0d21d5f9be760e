/** Languages, queue and slots, and the key. A part of script.ts. */
export const overviewScript = `  // What is there.

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
    // Where all slots are of one machine, they say more than their worker.
    byId("slots").hidden = slots.length === 0;
    byId("workers").hidden = slots.length > 0 && workers.length < 2;
    byId("workers").tBodies[0].replaceChildren(...workers.map(({ name, slots: count, running: runs }) => {
      const row = element("tr", "");
      const head = element("th", name);
      head.scope = "row";
      row.append(head, element("td", String(count)), element("td", String(runs)));
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
`;
