import { describe, expect, test } from "bun:test";
import { IsolateError } from "../../../src/model/errors.ts";
import { splitWords } from "../../../src/language/words.ts";

describe("splitWords", () => {
  test.each<{ text: string; words: string[] }>([
    { text: "", words: [] },
    { text: "  \t\n ", words: [] },
    { text: "echo Hello World", words: ["echo", "Hello", "World"] },
    { text: "  a \t b\n", words: ["a", "b"] },
    { text: "echo 'a  b' c", words: ["echo", "a  b", "c"] },
    { text: 'echo "a  b" c', words: ["echo", "a  b", "c"] },
    { text: "a'b'\"c\"d", words: ["abcd"] },
    { text: "''", words: [""] },
    { text: "a '' \"\" b", words: ["a", "", "", "b"] },
    { text: "'a\\b'", words: ["a\\b"] },
    { text: "'a\"b'", words: ['a"b'] },
    { text: "\"a'b\"", words: ["a'b"] },
    { text: '"a\\"b\\\\c\\$d\\`e\\nf"', words: ['a"b\\c$d`e\\nf'] },
    { text: "a\\ b \\' \\\\", words: ["a b", "'", "\\"] },
    { text: "a\\\nb", words: ["ab"] },
    { text: '"a\\\nb"', words: ["ab"] },
    { text: "a \\\n b", words: ["a", "b"] },
    { text: "echo $HOME * ~ | cat > x; y && z # no", words: ["echo", "$HOME", "*", "~", "|", "cat", ">", "x;", "y", "&&", "z", "#", "no"] },
    { text: "printf '%s\\n' \"über 🙂\"", words: ["printf", "%s\\n", "über 🙂"] },
  ])("$text", ({ text, words }) => {
    expect(splitWords(text)).toEqual(words);
  });

  test.each([
    { text: "echo 'a", message: "cannot split 'echo 'a' into words: the ' at character 6 is not closed" },
    { text: 'echo "a\\"', message: "cannot split 'echo \"a\\\"' into words: the \" at character 6 is not closed" },
    { text: "it's", message: "cannot split 'it's' into words: the ' at character 3 is not closed" },
    { text: "echo \\", message: "cannot split 'echo \\' into words: it ends in a backslash" },
  ])("$text is refused", ({ text, message }) => {
    const split = () => splitWords(text);
    expect(split).toThrow(IsolateError);
    expect(split).toThrow(message);
  });

  test("splits as the shell of this machine does", () => {
    const samples = ["a 'b c' \"d e\"", "x\\ y'z'\"w\"", "'' \"\" a", "\"q\\\"r\" '\\' \\a", "a\\\nb c", '"\\a\\\\b"'];
    for (const sample of samples) {
      const shell = Bun.spawnSync(["/bin/sh", "-c", `for word in ${sample}; do printf '%s\\0' "$word"; done`]);
      expect(splitWords(sample)).toEqual(shell.stdout.toString().split("\0").slice(0, -1));
    }
  });
});
