/** What the report does besides being read. Without it everything is there as well: links, scrolling, what opens and closes. */
export const script = `"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // One stop of the tab key for the whole matrix; arrow keys move in it.
  const table = document.getElementById("matrix-table");
  if (table !== null) {
    const rows = all("tbody tr", table).map((row) => [...row.cells].map((cell) => cell.querySelector("a")));
    let current = null;
    const stop = (link) => {
      if (current !== null) current.tabIndex = -1;
      current = link;
      current.tabIndex = 0;
    };
    for (const link of rows.flat()) if (link !== null) link.tabIndex = -1;
    const first = rows.flat().find((link) => link !== null);
    if (first !== undefined) stop(first);
    table.addEventListener("focusin", ({ target }) => {
      if (target.tagName === "A") stop(target);
    });
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    table.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      let y = rows.findIndex((row) => row.includes(event.target));
      if (y < 0) return;
      let x = rows[y].indexOf(event.target);
      do [y, x] = [y + step[0], x + step[1]];
      while (rows[y]?.[x] === null);
      const next = rows[y]?.[x];
      if (next === undefined) return;
      event.preventDefault();
      next.focus();
      next.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
  }

  // Where a link leads to has to be seen, also in browsers that do not open it by themselves.
  const reveal = () => {
    const target = location.hash === "" ? null : document.getElementById(location.hash.slice(1));
    if (target === null) return;
    for (let element = target; element !== null; element = element.parentElement) if (element.tagName === "DETAILS") element.open = true;
    const own = target.querySelector(":scope > .what > details");
    if (own !== null) own.open = true;
    target.scrollIntoView({ block: "center" });
  };
  window.addEventListener("hashchange", reveal);
  reveal();

  const tools = document.getElementById("tools");
  const button = (text, act) => {
    const element = document.createElement("button");
    element.type = "button";
    element.textContent = text;
    element.addEventListener("click", act);
    tools.append(element);
  };
  button("Open all submissions", () => all("details.submission").forEach((element) => (element.open = true)));
  button("Close all", () => all("#details-section details").forEach((element) => (element.open = false)));
})();
`;
