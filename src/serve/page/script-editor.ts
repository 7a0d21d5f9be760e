/** The editor: line numbers, the tab key, a first program. A part of script.ts. */
export const editorScript = `  // The editor.

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
`;
