import { describe, expect, test } from "bun:test";
import { cut, escapeText, oneLine, shownName } from "../../../../src/judge/report/escape.ts";
import { html } from "../../../../src/judge/report/html.ts";
import { TextBudget } from "../../../../src/judge/report/text-budget.ts";

describe("text from elsewhere", () => {
  test.each([
    ["markup", "<script>alert(1)</script>", "&#60;script&#62;alert(1)&#60;/script&#62;"],
    ["an end of an attribute", `" onload='x' \``, "&#34; onload=&#39;x&#39; &#96;"],
    ["an entity", "&lt;", "&#38;lt;"],
    ["a control character", "a\x1b[31mb\x00\x7f\x9b", "a\\x1b[31mb\\x00\\x7f\\u009b"],
    ["an override of the writing direction", "txt.\u202eexe\u2066\u200f", "txt.\\u202eexe\\u2066\\u200f"],
    ["what has no width", "a\u200bb\ufeff\u00ad", "a\\u200bb\\ufeff\\u00ad"],
    ["separators of lines that are no line feeds", "a\u2028b\u2029\r", "a\\u2028b\\u2029\\x0d"],
    ["half a surrogate pair", "a\ud83d", "a\\ud83d"],
    ["a tag character", "\u{e0041}", "\\u{e0041}"],
  ])("%s is shown and does nothing", (_what, text, shown) => expect(escapeText(text)).toBe(shown));

  test("that is harmless is left as it is", () => expect(escapeText("Zoë 漢字 😀 שלום\n\tx")).toBe("Zoë 漢字 😀 שלום\n\tx"));

  test("is put in one line for names", () => {
    expect(oneLine("a\nb\tc")).toBe("a\\nb\\tc");
    expect(shownName("")).toBe("(no name)");
    expect(shownName("x".repeat(1_000_000))).toHaveLength(201);
  });

  test("is cut between characters", () => {
    expect(cut("abc", 3)).toBe("abc");
    expect(cut("abcd", 3)).toBe("abc…");
    expect(cut("ab😀cd", 3)).toBe("ab…");
  });
});

describe("a template", () => {
  test("escapes all but what templates made", () => expect(html`<b>${"<i>"}${html`<u>${["&", 1, null]}</u>`}</b>`.text).toBe("<b>&#60;i&#62;<u>&#38;1</u></b>"));
});

describe("a budget of text", () => {
  test("cuts what is longer than it may be, and says how much is left out", () => {
    expect(new TextBudget(1000).take("abcdef", 4).text).toBe('abcd…<span class="cut"> (cut: 2 more characters)</span>');
    expect(new TextBudget(1000).take("abcde", 4).text).toBe('abcd…<span class="cut"> (cut: 1 more character)</span>');
    expect(new TextBudget(1000).take("abcd", 4).text).toBe("abcd");
  });

  test("leaves only the beginning of each text when it is used up, by what the file has", () => {
    const budget = new TextBudget(300);
    expect(budget.take("<".repeat(100), 1000).text).toHaveLength(500);
    expect(budget.take("x".repeat(1000), 1000).text).toStartWith(`${"x".repeat(160)}…<span`);
    expect(budget.take("short", 1000).text).toBe("short");
  });
});
