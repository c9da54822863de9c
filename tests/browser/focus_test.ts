/**
 * The keyboard on the page at `/` is never lost: not by what one presses, and not
 * by what others do meanwhile.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { startServer } from "../support/server.ts";
import {
  act,
  box,
  browserTest,
  connected,
  dropSocket,
  focused,
  line,
  openBrowser,
  openSpeaker,
  say,
  seen,
  state,
  until,
} from "./kit.ts";

const CHIPS = `document.querySelectorAll(".chip").length`;
/** Which message has the keyboard, or something in it. */
const MESSAGE = `document.activeElement.closest(".message")
  ?.querySelector(".words").textContent`;

browserTest("page leaves the keyboard on a message's buttons", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page, problems } = await browser.open(server.url);
  using speaker = await openSpeaker(server);
  const room = await speaker.client.room("general").join();
  await say(page, "said");
  await act(line(page, "said"), "React with 👍");
  await page.locator(".chip").waitFor();
  await page.mouse.move(1, 1);
  await line(page, "said").focus();

  // Somebody else reacts, then one takes the own reaction back.
  await page.locator(".chip").focus();
  await room.react(1, "🎉");
  await until(page, `${CHIPS} === 2`);
  assertEquals(await focused(page), "👍1");
  await page.keyboard.press("Tab");
  assertEquals(await focused(page), "🎉1");
  await page.keyboard.press("Enter");
  await until(page, `document.activeElement.textContent === "🎉2"`);
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await until(page, `${CHIPS} === 1`);
  assertEquals(await page.evaluate(MESSAGE), "said");

  // A deletion that one thinks better of.
  await page.getByRole("button", { name: "Delete", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Delete it?").waitFor();
  await page.getByText("Delete it?").waitFor({ state: "detached" });
  assertEquals(await focused(page), "Delete");
  assertEquals(problems, []);
});

browserTest("page leaves the keyboard's message to the keyboard", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page, problems } = await browser.open(server.url);
  await say(page, "one");
  await say(page, "two");
  await box(page).press("Shift+Tab");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  const other = page.locator(".message .actions").getByLabel("Other reaction");
  await other.focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("Reaction of your own").focus();
  await page.keyboard.type("oo");

  // As when messages pass below a mouse that rests.
  await line(page, "two").hover();
  await page.keyboard.type("ps");
  // As when the whole window loses the keyboard and has it again.
  await page.evaluate(`(() => {
    document.hasFocus = () => false;
    document.activeElement.dispatchEvent(
      new FocusEvent("focusout", { bubbles: true }));
    delete document.hasFocus;
  })()`);
  await page.keyboard.press("Enter");

  await line(page, "one").locator(".chip").waitFor();
  assertEquals(await page.locator(".chip bdi").allTextContents(), ["oops"]);
  assertEquals(problems, []);
});

browserTest("page leaves the keyboard among messages that pass", async () => {
  await using server = await startServer({
    args: ["--messages-per-second-max", "0"],
  });
  await using browser = await openBrowser();
  const { page, problems } = await browser.open(server.url);
  using speaker = await openSpeaker(server);
  const room = await speaker.client.room("general").join();
  await say(page, "goes by");
  await line(page, "goes by").focus();

  for (let i = 1; i < 130; i++) room.send(`line ${i}`);
  await room.send("the last");
  await seen(page, "the last");
  await until(page, `!document.body.textContent.includes("goes by")`);

  assertEquals(await focused(page), "Messages");
  await page.keyboard.press("ArrowUp");
  assertEquals(await page.evaluate(MESSAGE), "the last");
  assertEquals(problems, []);
});

browserTest("page takes the keyboard on from a button that goes", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page } = await browser.open(server.url);
  await dropSocket(page);
  await connected(page, "general");
  await page.context().setOffline(true);
  await dropSocket(page);
  await state(page, "lost");
  await page.locator("#status-button").focus();
  // A clock that was put back does not make one wait for an hour.
  await page.evaluate(`(() => {
    const { now } = Date;
    Date.now = () => now() - 3_600_000;
  })()`);
  await until(page, "new Promise((done) => setTimeout(() => done(true), 300))");
  const seconds = await page.locator("#status-count").textContent();
  assertEquals(/^retry in \d{1,2} s$/.test(seconds ?? ""), true, seconds ?? "");
  await page.context().setOffline(false);
  await connected(page, "general");
  assertEquals(await focused(page), "Message");

  for (const text of ["\uD800", "\uDC00"]) {
    await page.evaluate(
      `document.getElementById("text-field").value = ${JSON.stringify(text)}`,
    );
    await box(page).press("Enter");
  }
  await page.locator("#refusals li").nth(1).waitFor();
  await page.getByRole("button", { name: "Discard" }).first().focus();
  await page.keyboard.press("Enter");
  await page.locator("#refusals li").nth(1).waitFor({ state: "detached" });
  assertEquals(await focused(page), "Try again");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.locator("#refusals li").waitFor({ state: "detached" });
  assertEquals(await focused(page), "Message");
});
