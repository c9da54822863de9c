/**
 * Where the page at `/` begins, and what it calls new.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { startServer } from "../support/server.ts";
import {
  browserTest,
  connected,
  LOG,
  openBrowser,
  say,
  seen,
  TO_END,
  until,
} from "./kit.ts";

/** The text below the mark, if there is one. */
const NEW = `document.querySelector("#lines .day.new + .message .words")
  ?.textContent`;
const MARKS = `document.querySelectorAll("#lines .day.new").length`;

/** As if the reader went to another tab of the browser, or came back. */
async function hide(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, "hidden",
      { configurable: true, value: ${isHidden} });
    document.dispatchEvent(new Event("visibilitychange"));`);
}

/** Resolves when the server has answered that one has read up to this seq. */
function readKnown(page: Page, seq: number): Promise<void> {
  const known = Promise.withResolvers<void>();
  let id: unknown;
  page.on("websocket", (socket) => {
    socket.on("framesent", ({ payload }) => {
      const frame = JSON.parse(String(payload));
      if (frame.type === "read" && frame.seq === seq) id = frame.id;
    });
    socket.on("framereceived", ({ payload }) => {
      const frame = JSON.parse(String(payload));
      if (frame.type === "ok" && frame.id === id) known.resolve();
    });
  });
  return known.promise;
}

browserTest("page begins in the server's lobby and makes no room", async () => {
  const lobby = `plaza "&amp;" <b>`;
  await using server = await startServer({ args: ["--lobby", lobby] });
  await using browser = await openBrowser();
  const { page, problems } = await browser.newTab({});
  const joined: string[] = [];
  page.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => {
      const { type, room } = JSON.parse(String(payload));
      if (type === "join") joined.push(room);
    }));
  await page.goto(`${server.url}/`);
  await connected(page, lobby);
  await say(page, "first words");

  assertEquals(joined, [lobby]);
  const shown = page.locator("#rooms .name");
  assertEquals(await shown.allTextContents(), [
    lobby,
    "Room 1",
    "Room 2",
    "Room 3",
  ]);
  assertEquals(problems, []);
});

browserTest("page calls new only what came while nobody looked", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const bob = await browser.open(server.url, { name: "Bob" });
  const ann = await browser.newTab({});
  const isRead = readKnown(ann.page, 2);
  await ann.page.goto(`${server.url}/`);
  await connected(ann.page, "general");
  await say(ann.page, "hello\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n");
  await say(bob.page, "read before");
  await isRead;
  await ann.page.reload();
  await connected(ann.page, "general");
  await seen(ann.page, "read before");
  await say(bob.page, "watched");
  await seen(ann.page, "watched");
  assertEquals(await ann.page.evaluate(MARKS), 0);

  await hide(ann.page, true);
  await say(bob.page, "unseen");
  await say(bob.page, "unseen, too");
  await until(ann.page, `document.title.startsWith("(2) ")`);
  await hide(ann.page, false);
  await until(ann.page, `${NEW} === "unseen"`);
  await until(ann.page, `!document.title.startsWith("(")`);
  await say(bob.page, "watched again");
  await seen(ann.page, "watched again");
  assertEquals(await ann.page.evaluate(NEW), "unseen");

  await ann.page.evaluate(`${LOG}.scrollTop = 0`);
  await until(ann.page, `${TO_END} > 100`);
  await say(bob.page, "below the view");
  await until(ann.page, `${NEW} === "below the view"`);
  await ann.page.getByRole("button", { name: "1 new message below" }).click();
  await until(ann.page, `${TO_END} < 1`);
  assertEquals(await ann.page.evaluate(NEW), "below the view");
  await say(ann.page, "an answer");
  assertEquals(await ann.page.evaluate(MARKS), 0);
  assertEquals([...ann.problems, ...bob.problems], []);
});
