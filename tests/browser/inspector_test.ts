/**
 * The inspector of the page at `/`: six dialects on raw sockets.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { DIALECT_NAMES } from "../../src/dialects/registry.ts";
import { startServer } from "../support/server.ts";
import {
  box,
  browserTest,
  connected,
  focused,
  MESSAGES,
  openBrowser,
  say,
  seen,
  until,
} from "./kit.ts";

/** The frames that are listed, as they are on the wire. */
const FRAMES = `[...document.querySelectorAll(".frame")].map((frame) =>
  (frame.classList.contains("in") ? "< " : "> ") +
    frame.querySelector(".short").textContent)`;

async function openInspector(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Inspector", exact: true }).click();
  await page.getByRole("tab", { name: "Frames" }).waitFor();
}

async function speak(page: Page, dialect: string): Promise<void> {
  await page.getByLabel("Speak").selectOption(dialect);
  await page.getByRole("status").getByText("in general").waitFor();
}

browserTest(
  "inspector talks in all six dialects, in both profiles",
  async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const { page, problems } = await browser.open(server.url, { name: "Ann" });
    await openInspector(page);
    const values: string[] = await page.evaluate(
      `[...document.querySelectorAll("#inspector-dialect option")]
      .map((option) => option.value)`,
    );
    assertEquals(values, [
      "own",
      "parley.v1",
      "chat-ws",
      "channel-chat",
      "wschat",
      "redis-chat",
      "nest-chat",
    ]);
    assertEquals(values.slice(1).toSorted(), DIALECT_NAMES.toSorted());

    for (const profile of ["document", "original"]) {
      await page.getByLabel("Profile").first().selectOption(profile);
      for (const dialect of DIALECT_NAMES) {
        await speak(page, dialect);
        const text = `${dialect} in ${profile}`;
        const frame: string = await page.locator("#inspector-frame")
          .inputValue();
        await page.locator("#inspector-frame").fill(
          frame.replace("hello", text),
        );
        await page.locator("#inspector-frame").press("Control+Enter");
        await seen(page, text);
        await until(
          page,
          `${FRAMES}.some((frame) =>
          frame.startsWith("< ") && frame.includes(${JSON.stringify(text)}))`,
        );
      }
    }
    const via: string[] = await page.evaluate(
      `[...document.querySelectorAll("#lines .via")].map((mark) => mark.textContent)`,
    );
    for (const dialect of DIALECT_NAMES) {
      assert(dialect === "parley.v1" || via.includes(dialect), dialect);
    }
    assertEquals(problems, []);
  },
);

browserTest("inspector shows the layers of Socket.IO's packets", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page, problems } = await browser.open(server.url);
  await openInspector(page);
  await speak(page, "nest-chat");

  await page.getByRole("button", { name: "Send frame" }).click();
  await seen(page, "hello");
  const heard = page.locator(".frame.in").filter({ hasText: '"order"' });
  await heard.locator("summary").first().click();

  const layers = await heard.locator(".layers").innerText();
  assertEquals(layers.split("\n").map((line) => line.trim()), [
    "4",
    "Engine.IO message: what it carries is Socket.IO's",
    "2",
    "Socket.IO event",
    '"exchanges"',
    "nest-chat the event's name; behind it, what it carries",
  ]);
  const pretty = JSON.parse(await heard.locator(".pretty").innerText());
  assertEquals([pretty.roomId, pretty.content], ["general", "hello"]);
  await heard.getByText("as it is on the wire").click();
  const raw = await heard.locator(".raw pre").innerText();
  assert(raw.startsWith('42["exchanges",{'), raw);
  assertEquals(problems, []);
});

browserTest("inspector shows one message in its six renderings", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page, problems } = await browser.open(server.url);
  await openInspector(page);
  await page.getByRole("tab", { name: "Six renderings" }).click();
  await page.getByLabel("Text").fill('six "ways" 👋');
  await page.getByLabel("Sent in").selectOption("wschat");

  await page.getByRole("button", { name: "Send it" }).click();
  await page.getByText("Said in wschat, heard by 6 of 6 connections.")
    .waitFor();

  const rendered: Record<string, string> = {};
  for (const dialect of DIALECT_NAMES) {
    const card = page.getByRole("article", { name: dialect });
    rendered[dialect] = await card.locator(".pretty").first().innerText();
    assert(rendered[dialect].includes('six \\"ways\\" 👋'), dialect);
  }
  assertEquals(new Set(Object.values(rendered)).size, 6);
  await seen(page, 'six "ways" 👋');
  assertEquals(problems, []);
});

browserTest(
  "inspector drops the chat's socket and shows how it resumes",
  async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const { page, problems } = await browser.open(server.url);
    await say(page, "before");
    await openInspector(page);
    await until(page, `${FRAMES}.some((frame) => frame.includes('"before"'))`);

    await page.getByRole("button", { name: "Drop the socket" }).click();
    await page.locator("#status-text")
      .filter({ hasText: "Resumed, nothing was missed" }).waitFor();

    const frames: string[] = await page.evaluate(FRAMES);
    assert(
      frames.some((frame) =>
        frame.startsWith('> {"type":"join","room":"general","after":{')
      ),
      frames.join("\n"),
    );
    await box(page).fill("after");
    await box(page).press("Enter");
    await seen(page, "after");
    assertEquals((await page.evaluate(`${MESSAGES}.length`)) as number, 2);
    await page.reload();
    await connected(page, "general");
    // It is open still.
    await page.getByRole("tab", { name: "Frames" }).waitFor();
    assertEquals(problems, []);
  },
);

browserTest(
  "inspector goes where the chat goes, as it was asked last",
  async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const { page, problems } = await browser.open(server.url);
    await openInspector(page);
    await speak(page, "chat-ws");
    // Quicker than one can look up the seat.
    await page.evaluate(`(() => {
    const profile = document.getElementById("inspector-profile");
    for (const value of ["original", "document", "original"]) {
      profile.value = value;
      profile.dispatchEvent(new Event("change"));
    }
  })()`);
    await page.getByRole("status").getByText("in general").waitFor();
    const notes: string[] = await page.evaluate(
      `[...document.querySelectorAll(".frame-note")]
    .map(({ textContent }) => textContent)`,
    );
    const connects = notes.filter((note) => note.includes("connects to"));
    assertEquals(connects.length, 1, connects.join("\n"));
    assert(connects[0]?.includes("profile=original"), connects[0]);

    await page.getByLabel("Find, open or make a room").fill("garden");
    await page.keyboard.press("Enter");
    await page.getByRole("status").getByText("in garden").waitFor();
    await page.getByRole("button", { name: "Send frame" }).click();
    await seen(page, "hello");

    await page.getByRole("button", { name: "Disconnect" }).click();
    await page.getByRole("button", { name: "Send frame" }).click();
    await page.getByText("not connected: the frame was not sent").waitFor();
    await page.getByLabel("Speak").selectOption("redis-chat");
    await page.getByText("Its public channel is the lobby").waitFor();
    assertEquals(problems, []);
  },
);

browserTest("inspector that cannot be loaded covers nothing", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page } = await browser.open(server.url, {
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
    room: "a\u2069\u202Eevil",
  });
  // What turns the writing does not turn the name that one writes as.
  assertEquals(
    await page.locator("#text-field").getAttribute("placeholder"),
    "Message aevil as Guest 1",
  );
  const button = page.getByRole("button", { name: "Inspector", exact: true });
  await page.context().setOffline(true);

  await button.tap();
  await page.getByText("The inspector could not be loaded.").waitFor();
  assertEquals(await button.getAttribute("aria-expanded"), "false");

  await page.context().setOffline(false);
  await button.tap();
  await page.getByRole("tab", { name: "Frames" }).waitFor();
});

browserTest("inspector says what it cannot do", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page, problems } = await browser.open(server.url);
  await openInspector(page);
  await speak(page, "parley.v1");
  // The server refuses it, and it can be looked at all the same.
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  await page.locator("#inspector-frame").fill(deep);
  await page.locator("#inspector-frame").press("Control+Enter");
  await page.locator(".frame.out summary").last().click();
  const raw = page.locator(".frame.out").last().locator(".raw pre");
  assertEquals(await raw.textContent(), deep);

  // A path that leads elsewhere: nothing is said there.
  await page.evaluate(`location.hash = "#room=.."`);
  await connected(page, "..");
  await page.getByLabel("Speak").selectOption("channel-chat");
  await page.getByText('The channel is the path, and ".." leads out of it.')
    .waitFor();
  assertEquals(problems, []);

  await page.getByRole("tab", { name: "Six renderings" }).click();
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "Drop the socket" }).click();
  await page.getByRole("button", { name: "Send it" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Nothing was said: the server cannot be reached.")
    .waitFor();
  assertEquals(await focused(page), "Send it");
});
