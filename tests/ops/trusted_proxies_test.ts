import { assertEquals } from "@std/assert";
import {
  isAddressRange,
  isLoopback,
  TrustedProxies,
} from "../../src/ops/trusted_proxies.ts";

const PROXIES = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"];

const CLIENT_ROWS: [
  name: string,
  peer: string,
  forwarded: string | undefined,
  client: string,
][] = [
  ["a proxy's word is taken", "127.0.0.1", "203.0.113.7", "203.0.113.7"],
  ["a stranger's is not", "203.0.113.9", "203.0.113.7", "203.0.113.9"],
  ["a proxy that says nothing", "10.1.2.3", undefined, "10.1.2.3"],
  ["an empty header", "10.1.2.3", "", "10.1.2.3"],
  [
    "what a client claims is left of what the proxy saw",
    "127.0.0.1",
    "198.51.100.1, 127.0.0.1, 203.0.113.7",
    "203.0.113.7",
  ],
  [
    "a chain of trusted proxies",
    "127.0.0.1",
    "198.51.100.1, 203.0.113.7, 10.0.0.2, fd00::2",
    "203.0.113.7",
  ],
  ["all are trusted", "127.0.0.1", "10.0.0.9, 10.0.0.2", "10.0.0.9"],
  ["garbage", "127.0.0.1", "unknown", "127.0.0.1"],
  [
    "garbage behind a trusted hop",
    "127.0.0.1",
    "203.0.113.7, <script>, 10.0.0.2",
    "10.0.0.2",
  ],
  ["an empty place", "127.0.0.1", "203.0.113.7,,", "127.0.0.1"],
  ["numbers that are no address", "127.0.0.1", "999.1.1.1", "127.0.0.1"],
  ["an address with a port", "127.0.0.1", "203.0.113.7:5123", "203.0.113.7"],
  ["IPv6", "127.0.0.1", "2001:DB8:0:0::1", "2001:db8::1"],
  ["IPv6 with a port", "127.0.0.1", "[2001:db8::1]:443", "2001:db8::1"],
  ["IPv6 in brackets", "127.0.0.1", "[2001:db8::1]", "2001:db8::1"],
  ["IPv6 with a zone", "127.0.0.1", "fe80::1%eth0", "fe80::1"],
  ["a mapped peer", "::ffff:127.0.0.1", "203.0.113.7", "203.0.113.7"],
  ["a mapped client", "127.0.0.1", "::FFFF:203.0.113.7", "203.0.113.7"],
  ["an IPv6 proxy", "fd12:0::1", "203.0.113.7", "203.0.113.7"],
  ["a peer without an address", "unix", "203.0.113.7", "unix"],
];

for (const [name, peer, forwarded, client] of CLIENT_ROWS) {
  Deno.test(`X-Forwarded-For: ${name}`, () => {
    const headers = new Headers();
    if (forwarded !== undefined) headers.set("x-forwarded-for", forwarded);

    const found = new TrustedProxies(PROXIES).clientOf(headers, peer);

    assertEquals(found, client);
  });
}

Deno.test("X-Forwarded-For: several headers are one list", () => {
  const headers = new Headers();
  headers.append("x-forwarded-for", "198.51.100.1");
  headers.append("x-forwarded-for", "203.0.113.7");

  const found = new TrustedProxies(PROXIES).clientOf(headers, "127.0.0.1");

  assertEquals(found, "203.0.113.7");
});

Deno.test("X-Forwarded-For: nobody is trusted by default", () => {
  const headers = new Headers({ "x-forwarded-for": "203.0.113.7" });

  const found = new TrustedProxies([]).clientOf(headers, "127.0.0.1");

  assertEquals(found, "127.0.0.1");
});

const RANGE_ROWS: [text: string, isRange: boolean][] = [
  ["127.0.0.1", true],
  ["10.0.0.0/8", true],
  ["0.0.0.0/0", true],
  ["::1", true],
  ["fd00::/8", true],
  ["::/128", true],
  ["::ffff:10.0.0.1", true],
  ["::ffff:10.0.0.0/104", false],
  ["10.0.0.0/33", false],
  ["fd00::/129", false],
  ["10.0.0.0/", false],
  ["10.0.0.0/-1", false],
  ["10.0.0.0/8/8", false],
  ["10.0.0", false],
  ["localhost", false],
  ["*", false],
  ["", false],
];

for (const [text, isRange] of RANGE_ROWS) {
  Deno.test(`"${text}" is ${isRange ? "a range" : "no range"} of addresses`, () => {
    assertEquals(isAddressRange(text), isRange);
  });
}

const LOOPBACK_ROWS: [address: string, isLoopback: boolean][] = [
  ["127.0.0.1", true],
  ["127.1.2.3", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["10.0.0.1", false],
  ["128.0.0.1", false],
  ["::2", false],
  ["localhost", false],
  ["", false],
];

for (const [address, expected] of LOOPBACK_ROWS) {
  Deno.test(`"${address}" is ${expected ? "" : "not "}this machine`, () => {
    assertEquals(isLoopback(address), expected);
  });
}
