/**
 * The client library in a real browser, on a page with the policy of `/`.
 *
 * Needs Chromium; without one the tests are skipped and say so.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { startServer, type TestServer } from "../support/server.ts";
import { browserTest, openBrowser, type Tab, until } from "./kit.ts";

/** A text, so that the page runs nothing else; the policy of `/` holds for it. */
const QUIET_PATH = "/style.css";

type Browser = Awaited<ReturnType<typeof openBrowser>>;

/** A tab on which the library is loaded and a client is in "general". */
async function openChat(browser: Browser, server: TestServer): Promise<Tab> {
  const tab = await browser.newTab({});
  await loadChat(tab.page, server);
  return tab;
}

async function loadChat(page: Page, { url }: TestServer): Promise<void> {
  await page.goto(url + QUIET_PATH);
  await startChat(page);
}

/** Nothing but the server that it came from is told to the client. */
async function startChat(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    const { ParleyClient } = await import("/client.js");
    globalThis.chat = new ParleyClient();
    globalThis.room = chat.room("general");
    globalThis.events = [];
    for (const type of ["resumed", "gap", "refused"]) {
      room.on(type, (event) => events.push(event.type));
    }
    globalThis.texts = () => room.messages.map(({ text, status }) =>
      status === "sending" ? text + "…" : text).join();
    chat.start();
    room.join();
  })()`);
}

browserTest("client talks in a browser, under the page's policy", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const ann = await openChat(browser, server);
  const bob = await openChat(browser, server);

  await ann.page.evaluate(`(room.send("hello"), 0)`);
  await until(bob.page, `texts() === "hello"`);
  await bob.page.evaluate(`room.react(1, "👍")`);
  await until(
    ann.page,
    `room.messages[0].reactions["👍"]?.[0] !== undefined`,
  );

  assertEquals(await ann.page.evaluate("cspViolations"), 0);
  const problems = [...ann.problems, ...bob.problems];
  // A text has no icon of its own.
  assertEquals(problems.filter((problem) => !problem.includes("404")), []);
});

browserTest("client sends what a reload left unsent, once", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const ann = await openChat(browser, server);
  const bob = await openChat(browser, server);
  await until(ann.page, "room.isJoined");
  await until(bob.page, "room.isJoined");
  const user = await ann.page.evaluate("chat.user.id");

  // The first is on its way to the server, without an answer.
  await ann.page.evaluate(`(() => {
    room.send("one");
    chat.dropSocket();
    room.send("two");
    room.send("three");
  })()`);
  await ann.page.reload();
  await startChat(ann.page);

  await until(ann.page, `texts() === "one,two,three"`);
  await until(bob.page, `texts() === "one,two,three"`);
  assertEquals(await ann.page.evaluate("chat.waiting"), 0);
  assertEquals(await ann.page.evaluate("chat.user.id"), user);
  const kept = `Object.keys(localStorage).filter((key) =>
    key.includes("outbox")).length`;
  assertEquals(await ann.page.evaluate(kept), 0);
});

browserTest(
  "client that is offline keeps what is written, and catches up",
  async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const ann = await openChat(browser, server);
    const bob = await openChat(browser, server);
    await until(ann.page, "room.isJoined");
    await until(bob.page, "room.isJoined");

    await ann.page.context().setOffline(true);
    // What the network does to a socket in time, at once.
    await ann.page.evaluate("chat.dropSocket()");
    await ann.page.evaluate(`(room.send("from offline"), 0)`);
    await bob.page.evaluate(`(room.send("meanwhile"), 0)`);
    await until(bob.page, `texts() === "meanwhile"`);
    await until(ann.page, `chat.state.type === "offline"`);
    assertEquals(await ann.page.evaluate("texts()"), "from offline…");
    // How much sooner each try comes than without the event; the last counts.
    await ann.page.evaluate(`(() => {
      let { retryAt } = chat.state;
      chat.on("offline", (state) => retryAt = state.retryAt);
      chat.on("connecting", () => globalThis.earlyMs = retryAt - Date.now());
    })()`);
    await until(ann.page, `chat.state.retryAt - Date.now() > 2_000`);
    await ann.page.context().setOffline(false);
    await until(ann.page, "room.isJoined");

    await until(ann.page, `texts() === "meanwhile,from offline"`);
    await until(bob.page, `texts() === "meanwhile,from offline"`);
    assertEquals(await ann.page.evaluate("events"), ["resumed"]);
    const earlyMs: number = await ann.page.evaluate("earlyMs");
    assert(earlyMs > 0, `${earlyMs} ms`);
  },
);

browserTest("client in a tab sends what a closed tab left", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const ann = await openChat(browser, server);
  await until(ann.page, "room.isJoined");
  const context = ann.page.context();
  await context.setOffline(true);
  await ann.page.evaluate("chat.dropSocket()");
  await ann.page.evaluate(`(room.send("left behind"), 0)`);
  await ann.page.close();
  await context.setOffline(false);

  const page = await context.newPage();
  await loadChat(page, server);
  await until(page, `texts() === "left behind"`);
  assertEquals(await page.evaluate("chat.waiting"), 0);
});
