/**
 * The browser's own EventSource over a server that is killed and comes back.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { startServer } from "../support/server.ts";
import { browserTest, openBrowser, until } from "./kit.ts";

/** Keeps what comes, whatever it is about. */
const LISTEN = `
  globalThis.heard = [];
  globalThis.source = new EventSource("/api/v1/rooms/general/events");
  for (const kind of ["message", "closed", "gap"]) {
    source.addEventListener(kind, ({ data, lastEventId }) => {
      heard.push(lastEventId + " " + kind + " " + (JSON.parse(data).text ?? ""));
    });
  }`;

async function say(url: string, room: string, text: string): Promise<void> {
  const path = `${url}/api/v1/rooms/${room}/messages`;
  const response = await fetch(path, { method: "POST", body: text });
  await response.text();
}

browserTest(
  "EventSource goes on over a kill, none missing and none twice",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "parley-test-" });
    const kv = `${folder}/parley.kv`;
    try {
      await using browser = await openBrowser();
      const { page } = await browser.newTab({});
      const port = await (async () => {
        await using server = await startServer({ kv });
        await page.goto(`${server.url}/docs`);
        await page.evaluate(LISTEN);
        await until(page, "source.readyState === 1");
        await say(server.url, "general", "one");
        await until(page, "heard.length === 1");
        await server.kill();
        return server.port;
      })();
      await until(page, "source.readyState === 0");
      await using server = await startServer({ kv, port });
      await say(server.url, "general", "two");
      await until(page, "heard.length === 2");
      await say(server.url, "general", "three");
      await until(page, "heard.length === 3");

      assertEquals(await page.evaluate("heard"), [
        "1-1 message one",
        "1-2 message two",
        "1-3 message three",
      ]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

browserTest(
  "EventSource comes back to a server that was stopped, not to a closed room",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "parley-test-" });
    const kv = `${folder}/parley.kv`;
    try {
      await using browser = await openBrowser();
      const { page } = await browser.newTab({});
      const port = await (async () => {
        await using server = await startServer({ kv });
        await page.goto(`${server.url}/docs`);
        await say(server.url, "r", "one");
        await page.evaluate(LISTEN.replace("general", "r"));
        await until(page, "source.readyState === 1");
        await say(server.url, "r", "two");
        await until(page, "heard.length === 1");
        await server.stop();
        return server.port;
      })();
      await until(page, "source.readyState === 0");
      await using server = await startServer({ kv, port });
      await until(page, "source.readyState === 1");
      const path = `${server.url}/api/v1/rooms/r`;
      await fetch(path, { method: "DELETE" });
      await until(page, "source.readyState === 2");

      assertEquals(await page.evaluate("heard"), [
        "1-2 message two",
        "1-3 closed ",
      ]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
