import { describe, expect, test } from "bun:test";
import { expandTemplate, parseTemplate, type PlaceholderName, placeholders, commandPlaceholders, stepPlaceholders } from "../../../src/language/placeholders.ts";

const show = (name: PlaceholderName, minus: number, atStart: boolean) => `<${name}-${minus}${atStart ? "^" : ""}>`;

describe("expandTemplate", () => {
  test.each([
    { template: "", result: "" },
    { template: "plain", result: "plain" },
    { template: "{source}", result: "<source-0^>" },
    { template: "-o{executable}", result: "-o<executable-0>" },
    { template: "-Xmx{memory_mb-64}m", result: "-Xmx<memory_mb-64>m" },
    { template: "{time_s-1}{time_s}", result: "<time_s-1^><time_s-0>" },
    { template: "{{source}}", result: "{source}" },
    { template: "{{{source}}}", result: "{<source-0>}" },
    { template: "awk {{print}}", result: "awk {print}" },
    { template: "{{}}", result: "{}" },
  ])("$template", ({ template, result }) => {
    expect(expandTemplate(template, stepPlaceholders, show)).toBe(result);
  });

  test("what was filled in is not looked at again", () => {
    expect(expandTemplate("{source}", stepPlaceholders, () => "{stem}")).toBe("{stem}");
  });
});

describe("parseTemplate refuses", () => {
  test.each([
    { template: "{sauce}", message: "unknown placeholder {sauce}" },
    { template: "{Source}", message: "unknown placeholder {Source}" },
    { template: "{}", message: "unknown placeholder {}" },
    { template: "{ source }", message: "unknown placeholder { source }" },
    { template: "{memory_mb+1}", message: "unknown placeholder {memory_mb+1}" },
    { template: "{memory_mb-}", message: "unknown placeholder {memory_mb-}" },
    { template: "{memory_mb-1.5}", message: "unknown placeholder {memory_mb-1.5}" },
    { template: "{constructor}", message: "unknown placeholder {constructor}" },
    { template: "{source-1}", message: "nothing can be subtracted from {source}" },
    { template: "${HOME}", message: "unknown placeholder {HOME}" },
    { template: "a{b", message: "a single '{'" },
    { template: "a}b", message: "a single '}'" },
    { template: "{source}}", message: "a single '}'" },
  ])("$template", ({ template, message }) => {
    expect(parseTemplate(template, stepPlaceholders)).toStartWith(message);
  });

  test("a placeholder where it has no meaning", () => {
    expect(parseTemplate("{dir}", ["stem"])).toBe("placeholder {dir} has no meaning here (known here: {stem})");
  });
});

test("every placeholder has a meaning in the words of a command", () => {
  expect(commandPlaceholders.toSorted()).toEqual((Object.keys(placeholders) as PlaceholderName[]).toSorted());
});
