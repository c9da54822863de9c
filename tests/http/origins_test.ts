import { assertEquals } from "@std/assert";
import { OriginPolicy } from "../../src/http/origins.ts";
import { HandlerKit, seen } from "./handler_kit.ts";

const GOOD = "https://good.example";
const URL_HERE = new URL("http://127.0.0.1:3000/");

const ALLOWED_ROWS: [origin: string | null, allowed: boolean, why: string][] = [
  [null, true, "no page"],
  [GOOD, true, "listed"],
  ["http://127.0.0.1:3000", true, "our own page"],
  ["https://127.0.0.1:3000", true, "our own page behind a TLS proxy"],
  ["http://127.0.0.1:3001", false, "another port"],
  ["http://good.example", false, "another scheme"],
  ["https://good.example:444", false, "another port"],
  ["https://good.example.evil", false, "a longer name"],
  ["https://evil.example", false, "not listed"],
  ["null", false, "a sandboxed page"],
  ["", false, "no origin"],
  ["*", false, "not an origin"],
];

for (const [origin, expected, why] of ALLOWED_ROWS) {
  const does = expected ? "allows" : "refuses";
  Deno.test(`a list of origins ${does} ${origin}: ${why}`, () => {
    const policy = new OriginPolicy([GOOD, "https://two.example"]);

    assertEquals(policy.allows(origin, URL_HERE), expected);
  });
}

Deno.test("the origin * allows any page", () => {
  const policy = new OriginPolicy(["*"]);

  for (const origin of [null, GOOD, "https://evil.example", "null"]) {
    assertEquals(policy.allows(origin, URL_HERE), true);
  }
});

/** The CORS headers of a GET. */
async function cors(
  kit: HandlerKit,
  path: string,
  origin?: string,
): Promise<{ allow: string | null; vary: string | null }> {
  const headers: HeadersInit = origin === undefined ? {} : { origin };
  const response = await kit.ask(path, { headers });
  await response.body?.cancel();
  const allow = response.headers.get("access-control-allow-origin");
  return { allow, vary: response.headers.get("vary") };
}

const PATHS = [
  "/rooms",
  "/rooms?profile=x",
  "/nowhere",
  "/healthz",
  "/readyz",
];

for (const path of PATHS) {
  Deno.test(`GET ${path} is open to any page by default`, async () => {
    using kit = await HandlerKit.open();

    const found = await cors(kit, path, "https://any.example");

    assertEquals(found, { allow: "*", vary: null });
  });

  Deno.test(`GET ${path} is open to the pages in a list alone`, async () => {
    using kit = await HandlerKit.open({ origins: [GOOD] });

    const good = await cors(kit, path, GOOD);
    const evil = await cors(kit, path, "https://evil.example");
    const none = await cors(kit, path);

    assertEquals(good, { allow: GOOD, vary: "origin" });
    assertEquals(evil, { allow: null, vary: "origin" });
    assertEquals(none, { allow: null, vary: "origin" });
  });
}

Deno.test("a socket is refused to a page that is not in the list", async () => {
  using kit = await HandlerKit.open({ origins: [GOOD] });

  for (const origin of ["https://evil.example", "null"]) {
    const response = await kit.ask("/", {
      headers: {
        origin,
        "upgrade": "websocket",
        "connection": "Upgrade",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "sec-websocket-version": "13",
      },
    });

    assertEquals(await seen(response), {
      status: 403,
      body: { error: "Origin is not allowed" },
    });
  }
});
