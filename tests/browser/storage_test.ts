/**
 * The page at `/` where the browser's storage is forbidden, full or spoiled.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { startServer } from "../support/server.ts";
import { browserTest, connected, openBrowser, say, seen } from "./kit.ts";

const FORBIDDEN = `
  for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
    Object.defineProperty(globalThis, name, {
      get() { throw new DOMException("forbidden", "SecurityError"); },
    });
  }`;
const FULL = `Storage.prototype.setItem = () => {
  throw new DOMException("full", "QuotaExceededError");
};`;

browserTest("page works where nothing can be kept, and says so", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  for (const spoil of [FORBIDDEN, FULL]) {
    const { page, problems } = await browser.newTab({});
    await page.addInitScript(spoil);
    await page.goto(`${server.url}/#room=general`);
    await connected(page, "general");
    await say(page, "said all the same");
    await page.getByRole("button", { name: "Inspector", exact: true }).click();
    await page.getByLabel("Speak").selectOption("redis-chat");
    await page.getByRole("status").getByText("in general").waitFor();
    if (spoil === FULL) {
      await page.getByText("This browser keeps nothing").waitFor();
    }
    assertEquals(problems, []);
  }
});

browserTest(
  "page is not stopped by what others left in the storage",
  async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const { page, problems } = await browser.open(server.url);
    const prefix = `parley ${server.url.replace("http", "ws")}/parley`;
    for (
      const identity of ["null", "[]", '{"token":5}', '{"token":"no"}', "{"]
    ) {
      await page.evaluate(
        `(([prefix, identity]) => {
        localStorage.setItem(prefix + " identity", identity);
        localStorage.setItem(prefix + " outbox a", "null");
        localStorage.setItem(prefix + " outbox b", "{}");
        localStorage.setItem(prefix + " outbox c", '{"key":"c","lane":5}');
        localStorage.setItem("parley.people",
          '[["x",{}],["y",{"name":"Yan","number":1}]]');
      })(${JSON.stringify([prefix, identity])})`,
      );

      await page.goto("about:blank");
      await page.goto(`${server.url}/#direct=x`);
      await page.getByText("Only the two of you read this").waitFor();
      await page.goto(`${server.url}/#room=general`);
      await connected(page, "general");
      await say(page, `in spite of ${identity}`);
      await seen(page, `in spite of ${identity}`);
    }
    assertEquals(problems, []);
  },
);
