/**
 * The page at `/` in a real browser against a real server.
 *
 * Needs Chromium; without one the tests are skipped and say so.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { DIALECT_NAMES } from "../../src/dialects/registry.ts";
import { startPathProxy } from "../support/path_proxy.ts";
import { startServer } from "../support/server.ts";
import {
  act,
  box,
  browserTest,
  connected,
  focused,
  line,
  LOG,
  openBrowser,
  overflow,
  rename,
  said,
  say,
  seen,
  TO_END,
  until,
} from "./kit.ts";

const PHONE = { width: 390, height: 844 };

browserTest("page lets two tabs talk in both directions", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const ann = await browser.open(server.url, { name: "Ann" });
  const bob = await browser.open(server.url, { name: "Bob" });
  await ann.page.getByText(/is now .*Bob/).waitFor();

  await say(ann.page, "hello Bob");
  await seen(bob.page, "hello Bob");
  await say(bob.page, "hello Ann");
  await seen(ann.page, "hello Ann");

  assertEquals(await said(ann.page), ["Ann: hello Bob", "Bob: hello Ann"]);
  assertEquals(await said(bob.page), ["Ann: hello Bob", "Bob: hello Ann"]);
  const here = ann.page.locator("#members .author bdi");
  assertEquals(await here.allTextContents(), ["Ann", "Bob"]);
  await bob.page.close();
  await ann.page.getByText("Bob left").waitFor();
  assertEquals([...ann.problems, ...bob.problems], []);
});

browserTest("page shows edits, reactions, replies and deletions", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const ann = await browser.open(server.url, { name: "Ann" });
  const bob = await browser.open(server.url, { name: "Bob" });
  await say(ann.page, "frist");
  await say(ann.page, "to be deleted");
  await seen(bob.page, "to be deleted");

  await box(ann.page).press("ArrowUp");
  await ann.page.getByText("Editing your message").waitFor();
  await box(ann.page).press("Escape");
  assertEquals(await box(ann.page).inputValue(), "");
  await act(line(ann.page, "frist"), "Edit");
  await box(ann.page).fill("first");
  await box(ann.page).press("Enter");
  await seen(bob.page, "first");
  await line(bob.page, "first").getByText("edited").waitFor();

  await act(line(bob.page, "first"), "React with 👍");
  const chip = line(ann.page, "first").locator(".chip");
  await chip.waitFor();
  assertEquals(await chip.getAttribute("aria-pressed"), "false");
  assertEquals(await chip.getAttribute("title"), "Bob");
  await chip.click();
  await until(
    bob.page,
    `document.querySelector(".chip .count").textContent === "2"`,
  );

  await act(line(bob.page, "first"), "Reply");
  await box(bob.page).fill("an answer");
  await box(bob.page).press("Enter");
  await seen(ann.page, "an answer");
  const quote = line(ann.page, "an answer").locator("button.quote");
  assertEquals(await quote.textContent(), "Annfirst");
  await quote.click();
  await until(
    ann.page,
    `document.activeElement.querySelector?.(".words")?.textContent === "first"`,
  );

  const doomed = line(ann.page, "to be deleted");
  await act(doomed, "Delete");
  await doomed.getByText("Delete it?").click();
  await line(bob.page, "This message was deleted.").waitFor();
  const others = bob.page.locator("#lines .message").first();
  await others.hover();
  await others.getByRole("button", { name: "Reply" }).waitFor();
  assertEquals(await others.getByRole("button", { name: "Edit" }).count(), 0);
  assertEquals([...ann.problems, ...bob.problems], []);
});

browserTest("page shows the history of a room to who comes later", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const ann = await browser.open(server.url, { name: "Ann" });
  for (const text of ["one", "two", "three"]) await say(ann.page, text);
  await ann.page.close();

  const bob = await browser.open(server.url, { name: "Bob" });

  assertEquals(await said(bob.page), ["Ann: one", "Ann: two", "Ann: three"]);
  assertEquals(bob.problems, []);
});

browserTest("page keeps rooms apart, links to them and counts", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page, problems } = await browser.open(server.url);
  const bob = await browser.open(server.url, { name: "Bob" });
  await say(page, "said in the lobby");

  await page.getByLabel("Find, open or make a room").fill("garden");
  await page.keyboard.press("Enter");
  await connected(page, "garden");

  assertEquals(await said(page), []);
  await page.getByText("Nothing has been said here yet").waitFor();
  await say(page, "said in the garden");
  assertEquals(page.url(), `${server.url}/#room=garden`);

  // What is said elsewhere meanwhile is counted.
  await say(bob.page, "psst");
  const rooms = page.getByRole("navigation", { name: "Rooms" });
  await rooms.getByRole("link", { name: "general 1 unread" }).click();
  await connected(page, "general");
  await seen(page, "psst");
  assertEquals((await said(page)).length, 2);
  await rooms.getByRole("link", { name: "general", exact: true }).waitFor();
  assert((await page.title()).endsWith("general · parley"));

  await page.goBack();
  await connected(page, "garden");
  await seen(page, "said in the garden");
  assertEquals([...problems, ...bob.problems], []);
});

browserTest("page is used with the keyboard alone", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page, problems } = await browser.open(server.url);
  await rename(page, "Kim");
  await box(page).focus();

  await page.keyboard.type("typed");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("on two lines");
  await page.keyboard.press("Enter");
  await seen(page, "typed\non two lines");

  // Backwards from the box to the first stop, which leads past the rooms.
  const rooms = page.getByRole("navigation", { name: "Rooms" });
  await rooms.getByRole("link", { name: "Room 3" }).waitFor();
  const stops: string[] = [];
  for (let i = 0; i < 16; i++) {
    stops.push((await focused(page)).trim().replace(/\s+/g, " "));
    if (stops.at(-1) === "Skip to the message box") break;
    await page.keyboard.press("Shift+Tab");
  }
  assertEquals(stops, [
    "Message",
    "Messages",
    "Inspector",
    "People in this room",
    "Leave this room",
    "Client library",
    "Documents",
    "K You are Kim name, sign in or out",
    "Write to somebody",
    "#Room 3",
    "#Room 2",
    "#Room 1",
    "#general",
    "Open",
    "Find, open or make a room",
    "Skip to the message box",
  ]);
  await page.keyboard.press("Enter");
  assertEquals(await focused(page), "Message");

  // Into the messages, to the last one, and what one may do with it.
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Tab");
  assertEquals(await focused(page), "React with 👍");
  await page.keyboard.press("Enter");
  await page.locator(".chip").waitFor();
  await page.keyboard.press("Escape");
  assertEquals(await focused(page), "Message");

  await page.getByLabel("Find, open or make a room").focus();
  await page.keyboard.type("attic");
  await page.keyboard.press("Enter");
  await connected(page, "attic");
  assertEquals(await focused(page), "Message");

  await page.reload();
  await connected(page, "attic");
  assertEquals(await page.locator("#app [data-shows=me]").textContent(), "Kim");
  assertEquals(problems, []);
});

browserTest("page fits a phone", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const phone = await browser.open(server.url, {
    name: "n".repeat(128),
    room: "r".repeat(250),
    viewport: PHONE,
    isMobile: true,
    hasTouch: true,
  });
  const { page } = phone;

  await say(page, "w".repeat(2_000));
  await say(page, "كلمة".repeat(200));
  assertEquals(await overflow(page), 0);

  const panel = page.getByRole("navigation", { name: "Rooms" });
  assertEquals(await panel.isVisible(), false);
  await page.getByRole("button", { name: "Rooms", exact: true }).tap();
  await panel.getByRole("link", { name: "r".repeat(250) }).waitFor();
  assertEquals(await overflow(page), 0);
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "hidden" });
  assertEquals(await focused(page), "Rooms");

  // A touch on a message shows what one may do with it.
  await line(page, "كلمة").tap();
  await page.getByRole("button", { name: "Reply" }).tap();
  await page.getByText("Answering").waitFor();
  assertEquals(await overflow(page), 0);

  // All that is needed is in view at once, and large enough for a thumb.
  for (const name of ["Rooms", "Send"]) {
    const button = page.getByRole("button", { name, exact: true });
    const place = await button.boundingBox();
    assert(place !== null && place.height >= 40 && place.width >= 40, name);
    assert(place.y >= 0 && place.y + place.height <= PHONE.height, name);
  }
  assertEquals(phone.problems, []);
});

browserTest("page stays at the end only if the reader is there", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const ann = await browser.open(server.url, { viewport: PHONE });
  const bob = await browser.open(server.url);
  for (let i = 0; i < 12; i++) await say(ann.page, `line\n\n\n${i}`);
  await until(ann.page, `${TO_END} < 1`);

  await ann.page.evaluate(`${LOG}.scrollTop = 0`);
  await until(ann.page, `${TO_END} > 100`);
  await say(bob.page, "further down");
  await ann.page.getByRole("button", { name: "1 new message below" }).waitFor();
  assertEquals(await ann.page.evaluate(`${LOG}.scrollTop`), 0);

  await ann.page.getByRole("button", { name: "1 new message below" }).click();
  await until(ann.page, `${TO_END} < 1`);
  await say(bob.page, "and further\n\n\n\n\n\n");
  await until(ann.page, `${TO_END} < 1`);
});

browserTest("page shows what is refused, to be sent again", async () => {
  await using server = await startServer({
    args: ["--messages-burst-max", "0", "--text-bytes-max", "4096"],
  });
  await using browser = await openBrowser();
  const { page, problems } = await browser.open(server.url);

  await box(page).fill("w".repeat(5_000));
  await box(page).press("Enter");
  await page.getByText("Too long: 5,000 of 4,096 bytes").waitFor();
  assertEquals(await box(page).inputValue(), "w".repeat(5_000));
  assertEquals(await said(page), []);

  // As long as it may be for this page, but the server takes no such sign.
  await page.evaluate(
    `document.getElementById("text-field").value = "\\uD800"`,
  );
  await box(page).press("Enter");
  const refused = page.locator("#refusals li");
  await refused.getByText("Not sent.").waitFor();
  await refused.getByRole("button", { name: "Try again" }).click();
  await refused.getByText("Not sent.").waitFor();
  await refused.getByRole("button", { name: "Discard" }).click();
  await refused.waitFor({ state: "detached" });

  await box(page).fill("well formed");
  await box(page).press("Enter");
  await seen(page, "well formed");

  await page.getByLabel("Find, open or make a room").fill("r".repeat(300));
  await page.keyboard.press("Enter");
  await page.getByText("Not in this room: ").waitFor();
  await page.getByRole("button", { name: "Try again" }).waitFor();
  assertEquals(problems, []);
});

browserTest("page works below a path, behind a proxy", async () => {
  await using server = await startServer();
  await using proxy = startPathProxy(server.url, "/chat/");
  await using browser = await openBrowser();
  const { page, problems } = await browser.newTab({});
  const sockets: string[] = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  const bob = await browser.open(server.url, { name: "Bob" });

  await page.goto(`${proxy.url}#room=general&inspect`);
  await connected(page, "general");
  await say(page, "through the proxy");
  await seen(bob.page, "through the proxy");
  await say(bob.page, "straight");
  await seen(page, "straight");
  for (const dialect of DIALECT_NAMES) {
    await page.getByLabel("Speak").selectOption(dialect);
    await page.getByRole("status").getByText("in general").waitFor();
  }
  await page.getByRole("link", { name: "Documents" }).click();
  await page.locator(".schema").last().waitFor();
  await page.getByRole("link", { name: "parley", exact: true }).click();
  await connected(page, "general");

  const base = proxy.url.replace("http:", "ws:");
  assertEquals(sockets[0], `${base}parley`);
  assertEquals(sockets.filter((url) => !url.startsWith(base)), []);
  assertEquals(proxy.asked.filter((path) => !path.startsWith("/chat/")), []);
  assertEquals(problems, []);
  await page.close();
});
