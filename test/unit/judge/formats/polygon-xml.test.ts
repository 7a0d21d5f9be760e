// XML of problem packages: what is read, and where mistakes are.
import { describe, expect, test } from "bun:test";
import { readXml } from "../../../../src/judge/formats/polygon/xml.ts";
import type { XmlElement } from "../../../../src/judge/formats/polygon/xml-element.ts";

const read = (text: string, warnings: string[] = []) => readXml(text, "f.xml", (message) => warnings.push(message));

function messageOf(work: () => unknown): string {
  try {
    work();
    return "no error";
  } catch (error) {
    return (error as Error).message;
  }
}

const shape = (element: XmlElement): unknown => [element.name, element.text, ...element.children.map(shape)];

describe("what is read", () => {
  test("elements, attributes in both kinds of quotation marks, text, CDATA", () => {
    const root = read(`<?xml version="1.0" encoding="UTF-8" standalone='no'?>\n<!-- a < b -->\n<a one="1" two = 'a "b"'><b/> x &lt;<c>y</c> <![CDATA[<&>]]><!-- no --><?do no?></a>\n<!-- end -->\n`);
    expect(shape(root)).toEqual(["a", "x < <&>", ["b", ""], ["c", "y"]]);
    expect([root.attribute("one"), root.attribute("two"), root.attribute("three")]).toEqual(["1", 'a "b"', null]);
  });

  test("references, in text and in attributes", () => {
    const root = read('<a v="&amp;&quot;&apos;&#65;&#x1F600;">&gt;&#10;x</a>');
    expect(root.attribute("v")).toBe("&\"'A\u{1f600}");
    expect(root.text).toBe(">\nx");
  });

  test("a byte order mark, line ends of Windows, names that are not English", () => {
    expect(shape(read("\ufeff<а>\r\n  x\r\ny </а >"))).toEqual(["а", "x\ny"]);
  });

  test("names of elements and attributes are never those of objects", () => {
    expect(read('<a constructor="1" __proto__="2"/>').attribute("__proto__")).toBe("2");
    expect(read("<a/>").attribute("constructor")).toBeNull();
  });
});

describe("mistakes have a line and a column", () => {
  const cases: readonly (readonly [text: string, message: string])[] = [
    ["", "f.xml:1:1: there is no element in it"],
    ["  text", "f.xml:1:3: the first element must be here, not text"],
    ["<a>\n <b>\n</a>", "f.xml:3:1: </a> ends nothing: <b> of line 2 is open"],
    ["<a>\n <b>", "f.xml:2:2: the element <b> has no end"],
    ["<a/><b/>", "f.xml:1:5: nothing may follow the first element"],
    ["<a", "f.xml:1:1: the tag <a> has no end"],
    ["<a b>", "f.xml:1:4: the attribute b has no value"],
    ["<a b=1>", "f.xml:1:6: the value of b must be in quotation marks, without <"],
    ['<a b="<"/>', "f.xml:1:6: the value of b must be in quotation marks, without <"],
    ['<a b="1"c="2"/>', "f.xml:1:9: a blank or > must be here, in the tag <a>"],
    ['<a b="1" b="2"/>', "f.xml:1:10: the attribute b is there twice"],
    ["<a>x & y</a>", "f.xml:1:4: & must be written as &amp;"],
    ["<a>&nbsp;</a>", "f.xml:1:4: &nbsp; is none of the references that are read (&lt; &gt; &amp; &quot; &apos; &#9;)"],
    ["<a>&toString;</a>", "f.xml:1:4: & must be written as &amp;"],
    ["<a>&constructor;</a>", "f.xml:1:4: &constructor; is none of the references that are read (&lt; &gt; &amp; &quot; &apos; &#9;)"],
    ["<a>&#0;</a>", "f.xml:1:4: &#0; is none of the references that are read (&lt; &gt; &amp; &quot; &apos; &#9;)"],
    ["<a>&#xD800;</a>", "f.xml:1:4: &#xD800; is none of the references that are read (&lt; &gt; &amp; &quot; &apos; &#9;)"],
    ["<a>\n\u0000</a>", "f.xml:2:1: the character U+0000 cannot be in XML"],
    ["<a><1/></a>", "f.xml:1:5: the name of an element must be here"],
    ["<a><!-- </a>", "f.xml:1:4: the comment has no end"],
    ["<a><![CDATA[ </a>", "f.xml:1:4: the CDATA has no end"],
    ["<?xml version='1.0' encoding='windows-1251'?><a/>", "f.xml:1:1: the encoding is windows-1251, and UTF-8 is read"],
  ];
  test.each(cases)("%j", (text, message) => {
    expect(messageOf(() => read(text))).toBe(message);
  });

  test("a document type is refused, and with it entities that grow, and files of the host", () => {
    expect(messageOf(() => read('<!DOCTYPE a [<!ENTITY x "xxxx">]><a>&x;</a>'))).toBe("f.xml:1:1: document types are not read");
    expect(messageOf(() => read('<a>\n<!DOCTYPE a SYSTEM "/etc/passwd"></a>'))).toBe("f.xml:2:1: document types are not read");
  });

  test("elements within elements without end are refused", () => {
    expect(messageOf(() => read("<a>".repeat(100_000)))).toBe("f.xml:1:193: more than 64 elements are within each other");
  });
});

describe("an element", () => {
  test("is asked for what has to be in it, and its errors have its path", () => {
    const root = read('<p><j><n> 12 </n><n>x</n></j><t points="2.5" bad="1e3"/></p>');
    const inner = root.only("j");
    expect(inner.all("n")[0]!.integer(1)).toBe(12);
    expect(messageOf(() => inner.all("n")[0]!.integer(13))).toBe("f.xml:1:7: j.n: must be at least 13, not 12");
    expect(messageOf(() => inner.all("n")[1]!.integer(1))).toBe('f.xml:1:18: j.n: must be a whole number, not "x"');
    expect(messageOf(() => inner.child("n"))).toBe("f.xml:1:18: j.n: there is another <n> before it");
    expect(messageOf(() => root.only("x"))).toBe("f.xml:1:1: has no <x>");
    expect(messageOf(() => inner.required("x"))).toBe("f.xml:1:4: j: has no attribute x");
    expect(root.only("t").points("points")).toBe(2.5);
    expect(messageOf(() => root.only("t").points("bad"))).toBe('f.xml:1:30: t: bad must be a number from 0 on, not "1e3"');
  });

  test("warns of names that are near to known ones, and of no others", () => {
    const warnings: string[] = [];
    read('<a gruop="1" mathjax="true"><dependencis/><other/></a>', warnings).warnOfMisspelled(["group"], ["dependencies"]);
    expect(warnings).toEqual([
      "f.xml:1:1: unknown attribute gruop, which is ignored: did you mean 'group'?",
      "f.xml:1:1: unknown element dependencis, which is ignored: did you mean 'dependencies'?",
    ]);
  });
});
