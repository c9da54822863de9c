import { assertEquals } from "@std/assert";
import { type Banner, bannerText } from "../../src/ops/banner.ts";

const BANNER: Banner = {
  version: "1.2.3",
  host: "127.0.0.1",
  ports: [3000],
  secure: false,
  dialects: [{ name: "chat-ws", path: "/" }, { name: "other", path: "/o" }, {
    name: "third",
    path: "/",
    isHttp: true,
  }],
  place: "/data/parley.kv",
};

Deno.test("a banner says where the page, each endpoint and the data are", () => {
  const text = bannerText(BANNER);

  assertEquals(text.split("\n"), [
    "parley 1.2.3",
    "  page          http://127.0.0.1:3000/",
    "  chat-ws       ws://127.0.0.1:3000/",
    "  other         ws://127.0.0.1:3000/o",
    "  third         http://127.0.0.1:3000/",
    "  rooms         http://127.0.0.1:3000/rooms",
    "  docs          http://127.0.0.1:3000/docs",
    "  health        http://127.0.0.1:3000/healthz and /readyz",
    "  data          /data/parley.kv",
  ]);
});

Deno.test("a banner names every port, and the data once", () => {
  const text = bannerText({ ...BANNER, ports: [3000, 8080] });

  assertEquals(text.match(/page .*/g), [
    "page          http://127.0.0.1:3000/",
    "page          http://127.0.0.1:8080/",
  ]);
  assertEquals(text.match(/data .*/g)?.length, 1);
});

const HOST_ROWS: [host: string, url: string][] = [
  ["0.0.0.0", "http://localhost:3000/"],
  ["::", "http://localhost:3000/"],
  ["::1", "http://[::1]:3000/"],
  ["chat.example", "http://chat.example:3000/"],
];

for (const [host, url] of HOST_ROWS) {
  Deno.test(`a banner for the host ${host} has a URL that opens`, () => {
    const text = bannerText({ ...BANNER, host });

    assertEquals(/page +(\S+)/.exec(text)?.[1], url);
  });
}

Deno.test("a banner with a certificate says https and wss", () => {
  const text = bannerText({ ...BANNER, secure: true });

  assertEquals(text.match(/\b(https?|wss?):/g), [
    "https:",
    "wss:",
    "wss:",
    "https:",
    "https:",
    "https:",
    "https:",
  ]);
});
