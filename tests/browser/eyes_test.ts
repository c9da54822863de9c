/**
 * What somebody who looks closely sees of the page at `/`.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { startServer } from "../support/server.ts";
import { act, box, browserTest, line, openBrowser, say, until } from "./kit.ts";

const FRAMES = `[...document.querySelectorAll(".frame-item")]`;

browserTest("inspector keeps no password and no token", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page } = await browser.open(server.url);
  await page.locator("#app .me").click();
  await page.locator("#sign-name").fill("Zed");
  await page.locator("#sign-password").fill('hunter2 "secret"');
  await page.getByRole("button", { name: "Create account" }).click();
  await page.locator("#app [data-shows=me]", { hasText: "Zed" }).waitFor();

  await page.getByRole("button", { name: "Inspector" }).first().click();
  await until(page, `${FRAMES}.some((one) => one.textContent.includes("Zed"))`);

  const all = String(
    await page.evaluate(
      `${FRAMES}.map((one) => one.textContent).join("\\n")`,
    ),
  );
  assert(!all.includes("hunter2"));
  assertMatch(all, /"password":"…"/);
  assertEquals(all.match(/"token":"(?!…")/), null);
});

browserTest("a message that is deleted has no actions any more", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page } = await browser.open(server.url, { name: "Ann" });
  await say(page, "to be deleted");
  const message = line(page, "to be deleted");
  await message.hover();
  await page.locator(".actions").waitFor();

  await act(message, "Delete");
  await page.getByRole("button", { name: "Press again to delete" }).click();
  await page.locator("#lines .message .deleted, #lines .message.deleted")
    .first().waitFor();

  await until(page, `document.querySelector(".actions") === null`);
});

browserTest(
  "a link in words written from right to left stays whole",
  async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const { page } = await browser.open(server.url, { name: "Ann" });
    await say(page, "שלום לכולם! see https://deno.com/ו-עוד ok?");

    const link = `document.querySelector("#lines a[href^='https://deno.com']")`;

    assertEquals(
      await page.evaluate(`getComputedStyle(${link}).unicodeBidi`),
      "isolate",
    );
  },
);

browserTest("who is not in a room is told of nobody there", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const made = await fetch(`${server.url}/api/v1/rooms`, {
    method: "POST",
    body: JSON.stringify({ roomId: "temp", creatorUsername: "Ann" }),
  });
  await made.body?.cancel();
  const { page } = await browser.open(server.url, { room: "temp" });
  const meta = page.locator("#room-meta");
  await meta.filter({ hasText: "1 person here" }).waitFor();

  const closed = await fetch(`${server.url}/api/v1/rooms/temp`, {
    method: "DELETE",
  });
  await closed.body?.cancel();
  await page.getByText("Not in this room:").waitFor();

  await meta.filter({ hasText: "Not in this room" }).waitFor();
  assertEquals(await page.locator("#members li").count(), 0);
  assertEquals(await page.locator("#members-count").textContent(), "");
});

browserTest("a long name of a room leaves the box one line high", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const room = `a\u202eb${"c".repeat(60)}`;
  const { page } = await browser.open(server.url, { room });

  const placeholder = await box(page).getAttribute("placeholder") ?? "";

  assertMatch(placeholder, /^Message abc{21}… as Guest /);
});

browserTest(
  "a password that anybody would guess makes no account",
  async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const { page } = await browser.open(server.url);
    await page.locator("#app .me").click();
    await page.locator("#sign-name").fill("Zed");
    await page.locator("#sign-password").fill("x");

    await page.getByRole("button", { name: "Create account" }).click();

    await page.getByText("A new password needs 8 characters").waitFor();
    assertEquals(await page.locator("#account-dialog[open]").count(), 1);
  },
);

browserTest(
  "the page's own socket is watched though another's end comes late",
  async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const { page } = await browser.open(server.url);
    await page.getByRole("button", { name: "Inspector" }).first().click();
    const speak = page.locator("#inspector-dialect");
    await speak.selectOption("chat-ws");
    const state = page.locator(".tab-panel:not([hidden]) .told [role=status]");
    await state.filter({ hasText: "in general" }).waitFor();

    await speak.selectOption("own");
    await say(page, "hello");
    await until(
      page,
      `${FRAMES}.some((one) => one.textContent.includes("hello"))`,
    );

    assertEquals(await state.textContent(), "watching");
    assertEquals(
      await page.locator(".frame-note", { hasText: "closed" }).count(),
      0,
    );
  },
);

browserTest(
  "what the client asks again and again is shown as heartbeats are",
  async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const { page } = await browser.open(server.url);
    await page.getByRole("button", { name: "Inspector" }).first().click();
    await until(
      page,
      `${FRAMES}.some((one) => one.textContent.includes('"rooms"'))`,
    );

    const shown = await page.locator(".frame-item:visible").allTextContents();

    assert(shown.length > 0);
    assertEquals(shown.filter((text) => text.includes('"type":"rooms"')), []);
    await page.getByLabel("show heartbeats").check();
    await page.locator(".frame-item:visible", { hasText: '"type":"rooms"' })
      .first().waitFor();
  },
);

browserTest("inspector tells on a phone how the resume ends", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const viewport = { width: 390, height: 844 };
  const { page } = await browser.open(server.url, { viewport });
  await page.getByRole("button", { name: "Inspector" }).first().click();
  const told = page.locator(".inspector-status");
  await told.filter({ hasText: "Connected" }).waitFor();

  await page.getByRole("button", { name: "Drop the socket" }).click();

  await told.filter({ hasText: "Resumed, nothing was missed" }).waitFor();
});
