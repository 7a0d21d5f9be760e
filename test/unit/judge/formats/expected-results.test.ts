// Tags in sources that say what DOMjudge expects of them, and what directories add.
import { describe, expect, test } from "bun:test";
import { expectationOf, taggedExpectation, tagsIn } from "../../../../src/judge/formats/package/expected-results.ts";

describe("tags", () => {
  test.each([
    ["# @EXPECTED_RESULTS@: CORRECT\n", ["CORRECT"], null],
    ["// @expected_results@:   run_time_error , Accepted   \r\nint main", ["RUN-TIME-ERROR", "ACCEPTED"], null],
    ["/* @EXPECTED_RESULTS@: WRONG-ANSWER */", ["WRONG-ANSWER"], null],
    ["(* @EXPECTED_RESULTS@: TIMELIMIT *)", ["TIMELIMIT"], null],
    ["x\n# @EXPECTED_SCORE@: 95.35\n", null, 95.35],
    ["/* @EXPECTED_SCORE@:5 */", null, 5],
    // What the second tag was before there were scores.
    ["# @EXPECTED_SCORE@: WRONG_ANSWER", ["WRONG-ANSWER"], null],
    ["# @EXPECTED_RESULTS@: CORRECT\n# @EXPECTED_SCORE@: 20", ["CORRECT"], 20],
    ["# @EXPECTED_RESULTS@: CORRECT", ["CORRECT"], null],
  ])("%j", (text, results, score) => {
    expect(tagsIn(text)).toEqual({ results, score });
  });

  test("are none where there are none", () => {
    expect([tagsIn(""), tagsIn("@EXPECTED_RESULT@: CORRECT"), tagsIn("EXPECTED_RESULTS: CORRECT")]).toEqual([null, null, null]);
  });

  test("of a kind may be there once", () => {
    expect(tagsIn("@EXPECTED_SCORE@: 1\n@expected_score@: 2")).toBe("it has more than one tag @EXPECTED_SCORE@");
    expect(tagsIn("@EXPECTED_RESULTS@: CORRECT\n@EXPECTED_RESULTS@: CORRECT")).toBe("it has more than one tag @EXPECTED_RESULTS@");
    expect(tagsIn("@EXPECTED_SCORE@: CORRECT\n@EXPECTED_RESULTS@: CORRECT")).toBe("it has more than one tag with verdicts");
  });

  test("in a line of megabytes are found at once", () => {
    expect(tagsIn(`@EXPECTED_RESULTS@: CORRECT${" ".repeat(4_000_000)}x`)).toEqual({ results: ["CORRECT"], score: null });
  });
});

describe("what is expected", () => {
  const permitted = (directory: string, text = "") => expectationOf(directory, tagsIn(text) as Exclude<ReturnType<typeof tagsIn>, string>, true).expected?.permitted?.join(" ") ?? null;
  const warned = (directory: string, text = "", isScoring = true) => expectationOf(directory, tagsIn(text) as Exclude<ReturnType<typeof tagsIn>, string>, isScoring).warnings;

  test.each([
    ["CORRECT", "AC"], ["ACCEPTED", "AC"], ["WRONG-ANSWER", "WA"], ["WRONG_ANSWER", "WA"], ["TIMELIMIT", "TLE"], ["TIME_LIMIT_EXCEEDED", "TLE"], ["RUN-ERROR", "RTE"], ["RUN_TIME_ERROR", "RTE"],
    ["NO-OUTPUT", "WA"], ["NO_OUTPUT", "WA"], ["OUTPUT-LIMIT", "OLE TLE"], ["OUTPUT_LIMIT", "OLE TLE"], ["COMPILER-ERROR", "CE"], ["COMPILER_ERROR", "CE"], ["CHECK-MANUALLY", null], ["CHECK_MANUALLY", null],
    ["MEMORY-LIMIT", "MLE"], ["CORRECT,COMPILER-ERROR,WRONG-ANSWER", "AC CE WA"], ["CORRECT, CHECK-MANUALLY", null],
  ])("by the tag %s: %p", (tag, verdicts) => {
    expect(permitted("mixed", `# @EXPECTED_RESULTS@: ${tag}`)).toBe(verdicts);
  });

  test.each([
    ["accepted", "AC"], ["wrong_answer", "WA"], ["time_limit_exceeded", "TLE"], ["run_time_error", "RTE"], ["no_output", "WA"], ["output_limit", "OLE TLE"], ["compiler_error", "CE"],
    ["rejected", "WA TLE MLE RTE OLE"], ["mixed", null], ["mixed-verdicts", null], ["multiple", null], ["check_manually", null], ["partial", null],
  ])("by the directory %s: %p", (directory, verdicts) => {
    expect([permitted(directory), warned(directory)]).toEqual([verdicts, []]);
  });

  test("may be any verdict: then a submission is as expected, whatever it does", () => {
    for (const directory of ["check_manually", "mixed", "partial"]) expect(expectationOf(directory, null, false).expected).toMatchObject({ permitted: null, required: null, score: null });
    expect(expectationOf("mixed", { results: ["CHECK-MANUALLY"], score: null }, false).expected).toMatchObject({ permitted: null });
    expect(expectationOf("acepted", null, false).expected).toBeNull();
    expect(expectationOf("check_manually", { results: ["NO-OUTPUT"], score: null }, false)).toMatchObject({ expected: { permitted: ["WA"] }, warnings: [] });
  });

  test("is cut down to the verdict of the directory, where the tag has that", () => {
    expect(permitted("run_time_error", "@EXPECTED_RESULTS@: RUN_TIME_ERROR, ACCEPTED")).toBe("RTE");
    expect(permitted("time_limit_exceeded", "@EXPECTED_RESULTS@: CORRECT, TIMELIMIT")).toBe("TLE");
    expect(permitted("wrong_answer", "@EXPECTED_RESULTS@: CORRECT, TIMELIMIT")).toBe("AC TLE");
    expect(warned("wrong_answer", "@EXPECTED_RESULTS@: CORRECT, TIMELIMIT")).toEqual(["has a tag with CORRECT, TIMELIMIT, which does not go with its directory"]);
  });

  test("is a score, alone or with verdicts", () => {
    expect(expectationOf("partial", { results: null, score: 50 }, true).expected).toMatchObject({ permitted: null, score: [50, 50], source: "@EXPECTED_SCORE@" });
    expect(expectationOf("wrong_answer", { results: null, score: 0 }, true).expected).toMatchObject({ permitted: null, score: [0, 0] });
    expect(expectationOf("partial", { results: ["WRONG-ANSWER"], score: 50 }, true).expected).toMatchObject({ permitted: ["WA"], score: [50, 50] });
    expect(expectationOf("accepted", { results: ["CORRECT"], score: 50 }, false)).toMatchObject({ expected: { permitted: ["AC"], score: null }, warnings: ["has a tag @EXPECTED_SCORE@, and the problem has no scores"] });
  });

  test("is nothing for other directories and words, and they are reported", () => {
    expect([permitted("acepted"), warned("acepted")]).toEqual([null, ["is in a directory that means nothing, so nothing is expected of it"]]);
    expect([permitted("mixed", "@EXPECTED_RESULTS@: CORECT"), warned("mixed", "@EXPECTED_RESULTS@: CORECT")]).toEqual([null, ['has a tag with "CORECT", which is no verdict of DOMjudge']]);
    expect(permitted("mixed", "@EXPECTED_RESULTS@: constructor")).toBeNull();
  });

  test("is what tags say where directories mean nothing", () => {
    expect(taggedExpectation("@EXPECTED_RESULTS@: CORRECT", false)).toMatchObject({ expected: { permitted: ["AC"], source: "@EXPECTED_RESULTS@" }, warnings: [] });
    expect(taggedExpectation("", false)).toBeNull();
  });
});
