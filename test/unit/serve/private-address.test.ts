// Where callbacks may go, and where not.
import { describe, expect, test } from "bun:test";
import { parseAddress, parseNetwork } from "../../../src/serve/callbacks/address.ts";
import { allowedNetworks, requireCallable } from "../../../src/serve/callbacks/callable.ts";
import { mayBeCalled } from "../../../src/serve/callbacks/public-address.ts";
import { addressOf, NotAllowed } from "../../../src/serve/callbacks/resolve.ts";

describe("an address", () => {
  test.each([["127.0.0.1", "7f000001"], ["::1", `${"0".repeat(31)}1`], ["2001:db8::8:0", "20010db8000000000000000000080000"], ["::ffff:10.1.2.3", "00000000000000000000ffff0a010203"], ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"]])("%s is read", (text, hex) => {
    expect(Buffer.from(parseAddress(text)!).toString("hex")).toBe(hex);
  });

  test.each(["", "1.2.3", "1.2.3.256", "01.2.3.4", "1:2", "1::2::3", "1:2:3:4:5:6:7:8:9", "::1.2.3", "g::", "12345::", "1:2:3:4:5:6:7::8:9"])("%j is none", (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  test.each(["10.0.0.0/33", "10.0.0.0/-1", "::/129", "x/8", "10.0.0.0/"])("%s is no network", (text) => {
    expect(parseNetwork(text)).toBeNull();
  });
});

describe("callbacks never go to", () => {
  test.each([
    ["this machine", "127.0.0.1 127.255.255.255 0.0.0.0 ::1 ::"],
    ["private networks", "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 fd00::1 fc00::1 fec0::1"],
    ["the link", "169.254.169.254 fe80::1"],
    ["many at once", "224.0.0.1 239.255.255.255 ff02::1 255.255.255.255"],
    ["what is reserved", "240.0.0.1 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 2001:db8::1 3fff::1 100::1 4000::1"],
    ["IPv4 in IPv6", "::ffff:127.0.0.1 ::ffff:a00:1 ::ffff:0:10.0.0.1 ::127.0.0.1"],
    ["IPv4 behind a translator (NAT64)", "64:ff9b::a00:1 64:ff9b::169.254.169.254 64:ff9b:1::a00:1"],
    ["IPv4 in a tunnel (6to4, Teredo, ISATAP)", "2002:7f00:1:: 2002:c0a8:101::1 2001:0:4136:e378::1 2a00::5efe:10.0.0.1 2a00::200:5efe:a00:1"],
  ])("%s", (_what, addresses) => {
    expect(addresses.split(" ").filter((address) => mayBeCalled(address, []))).toEqual([]);
  });

  test("what is no address", () => {
    expect(["", "example.org", "0x7f000001", "127.1"].filter((address) => mayBeCalled(address, []))).toEqual([]);
  });
});

test("callbacks go to everything else", () => {
  const all = "1.1.1.1 172.15.255.255 172.32.0.1 100.63.255.255 100.128.0.1 198.20.0.1 223.255.255.255 2606:4700::1111 ::ffff:1.1.1.1 64:ff9b::1.1.1.1 2002:101:101::1 2a00::5efe:1.1.1.1".split(" ");
  expect(all.filter((address) => !mayBeCalled(address, []))).toEqual([]);
});

test("networks that are allowed may be called, in every form of their addresses, and no others", () => {
  const allowed = allowedNetworks(["10.1.0.0/16", "fd00::/8", "nonsense"]);
  expect(["10.1.2.3", "::ffff:10.1.2.3", "fd12::1"].filter((address) => !mayBeCalled(address, allowed))).toEqual([]);
  expect(["10.2.0.1", "127.0.0.1", "fe80::1"].filter((address) => mayBeCalled(address, allowed))).toEqual([]);
});

describe("a URL", () => {
  test.each([
    ["http://1.1.1.1/x", null], ["https://example.org:8443/hook?x=1", null], ["example.org", "is not a URL"], ["ftp://example.org/", "must begin with http"], ["file:///etc/passwd", "must begin with http"],
    ["http://user:secret@example.org/", "user name or a password"], ["http://127.0.0.1/", "private network"], ["http://[::1]:80/", "private network"], ["http://2130706433/", "private network"],
    ["http://0x7f.1/", "private network"], ["http://localhost:3000/", "private network"], ["http://a.localhost./", "private network"], ["http://169.254.169.254/latest/meta-data", "private network"], ["http://[::ffff:7f00:1]/", "private network"],
  ])("%s", (url, problem) => {
    const said = requireCallable(url, []);
    if (problem === null) expect(said).toBeNull();
    else expect(said).toContain(problem);
  });

  test("of this machine may be called when it is allowed", () => {
    expect([requireCallable("http://127.0.0.1:1/", ["127.0.0.0/8"]), requireCallable("http://localhost/", ["127.0.0.0/8"])]).toEqual([null, null]);
  });
});

test("a name is as good as the address that it leads to", async () => {
  await expect(addressOf(new URL("http://localhost/"), [])).rejects.toThrow(NotAllowed);
  expect(await addressOf(new URL("http://localhost/"), allowedNetworks(["127.0.0.0/8"]))).toBe("127.0.0.1");
  await expect(addressOf(new URL("http://[::1]/"), [])).rejects.toThrow("::1 is a private address");
});
