import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { withLobby } from "../../src/http/page.ts";
import { STATIC_FILES } from "../../src/http/static_files.ts";
import { ROOT } from "../support/server.ts";
import { HandlerKit } from "./handler_kit.ts";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  ts: "application/typescript; charset=utf-8",
};

/** Where pages are. */
const PAGES: Readonly<Record<string, string>> = {
  "index.html": "/",
  "docs.html": "/docs",
};

Deno.test("every file in static/ is served, byte for byte", async () => {
  using kit = await HandlerKit.open();
  const entries = await Array.fromAsync(Deno.readDir(`${ROOT}static`));
  // Pictures are for README.
  const names = entries.map(({ name }) => name)
    .filter((name) => !name.endsWith(".png"));

  for (const name of names) {
    const response = await kit.ask(PAGES[name] ?? `/${name}`);

    const extension = name.split(".").at(-1) ?? "";
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("content-type"), TYPES[extension] ?? "");
    const file = await Deno.readTextFile(`${ROOT}static/${name}`);
    assertEquals(await response.text(), file);
  }
  assertEquals(STATIC_FILES.length, names.length);
});

Deno.test("every file says its length, to HEAD too", async () => {
  using kit = await HandlerKit.open();

  for (const { path, text } of STATIC_FILES) {
    for (const method of ["GET", "HEAD"]) {
      const { headers, body } = await kit.ask(path, { method });
      await body?.cancel();

      const length = new TextEncoder().encode(text).byteLength;
      assertEquals(headers.get("content-length"), String(length));
    }
  }
});

Deno.test("a page may run its own scripts alone, and speak to its own server", async () => {
  using kit = await HandlerKit.open();

  for (const { path } of STATIC_FILES) {
    const { headers, body } = await kit.ask(path);

    assertEquals(headers.get("content-security-policy")?.split("; ").sort(), [
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "img-src 'self' data:",
      "require-trusted-types-for 'script'",
      "script-src 'self'",
      "style-src 'self'",
      "trusted-types 'none'",
    ]);
    await body?.cancel();
  }
});

Deno.test("a page is not sniffed, tells nobody, and is asked for again", async () => {
  using kit = await HandlerKit.open();

  const { headers, body } = await kit.ask("/");

  assertEquals(headers.get("x-content-type-options"), "nosniff");
  assertEquals(headers.get("referrer-policy"), "no-referrer");
  assertEquals(headers.get("cache-control"), "no-cache");
  assertMatch(headers.get("etag") ?? "", /^W\/".+"$/);
  await body?.cancel();
});

for (const path of Object.values(PAGES)) {
  Deno.test(`the page ${path} holds no code and no style of its own`, async () => {
    using kit = await HandlerKit.open();

    const text = await (await kit.ask(path)).text();

    assertEquals(
      text.match(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/gi),
      null,
    );
    assert(text.includes('src="'));
  });
}

Deno.test("a page that the browser has is not sent again", async () => {
  using kit = await HandlerKit.open();
  const first = await kit.ask("/app.js");
  const etag = first.headers.get("etag") ?? "";
  await first.body?.cancel();

  for (const known of [etag, `"other", ${etag}`, "*"]) {
    const headers = { "if-none-match": known };
    const second = await kit.ask("/app.js", { headers });

    assertEquals([second.status, await second.text()], [304, ""]);
    assertEquals(second.headers.get("etag"), etag);
    assertEquals(second.headers.get("x-content-type-options"), "nosniff");
  }
});

Deno.test("a page is sent to a browser that has another one", async () => {
  using kit = await HandlerKit.open();

  for (const known of ['W/"other"', "junk", ',,"']) {
    const headers = { "if-none-match": known };
    const response = await kit.ask("/app.js", { headers });

    assertEquals(response.status, 200);
    await response.body?.cancel();
  }
});

Deno.test("client library may be imported from anywhere, with its types", async () => {
  using kit = await HandlerKit.open();

  const headers: Record<string, (string | null)[]> = {};
  for (const path of ["/client.js", "/client.d.ts", "/app.js"]) {
    const response = await kit.ask(path);
    headers[path] = ["access-control-allow-origin", "x-typescript-types"]
      .map((name) => response.headers.get(name));
    await response.body?.cancel();
  }

  assertEquals(headers, {
    "/client.js": ["*", "./client.d.ts"],
    "/client.d.ts": ["*", null],
    "/app.js": [null, null],
  });
});

Deno.test("withLobby() writes the lobby into the page, whatever its name", () => {
  const page = STATIC_FILES.find(({ path }) => path === "/");
  assert(page);

  const { text } = withLobby(page, `a "b" &amp; $1 <c>`);

  assertStringIncludes(
    text,
    '<meta name="lobby" content="a &quot;b&quot; &amp;amp; $1 <c>">',
  );
});
