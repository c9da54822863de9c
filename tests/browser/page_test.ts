/**
 * The page at `/` in a real browser against a real server.
 *
 * Needs Chromium; without one the tests are skipped and say so.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { startServer } from "../support/server.ts";
import {
  browserTest,
  connected,
  focused,
  LOG,
  openBrowser,
  overflow,
  rename,
  said,
  say,
  seen,
  state,
  TO_END,
  until,
} from "./kit.ts";

const PHONE = { width: 390, height: 844 };

browserTest("page lets two tabs talk in both directions", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const ann = await browser.open(server.url, { name: "Ann" });
  const bob = await browser.open(server.url, { name: "Bob" });
  await ann.page.getByText("Bob joined").waitFor();

  await say(ann.page, "hello Bob");
  await seen(bob.page, "hello Bob");
  await say(bob.page, "hello Ann");
  await seen(ann.page, "hello Ann");

  assertEquals(await said(ann.page), ["Ann: hello Bob", "Bob: hello Ann"]);
  assertEquals(await said(bob.page), ["Ann: hello Bob", "Bob: hello Ann"]);
  await bob.page.close();
  await ann.page.getByText("Bob left").waitFor();
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

browserTest("page keeps rooms apart and links to them", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page, problems } = await browser.open(server.url);
  await say(page, "said in the lobby");

  await page.getByLabel("Open or make a room").fill("garden");
  await page.keyboard.press("Enter");
  await connected(page, "garden");

  assertEquals(await said(page), []);
  await page.getByText("Nothing has been said here yet").waitFor();
  await say(page, "said in the garden");
  assertEquals(page.url(), `${server.url}/#room=garden`);

  const rooms = page.getByRole("navigation", { name: "Rooms" });
  assertEquals(await rooms.getByRole("link").allTextContents(), [
    "garden",
    "general",
  ]);
  await rooms.getByRole("link", { name: "general" }).click();
  await connected(page, "general");
  await seen(page, "said in the lobby");
  assertEquals((await said(page)).length, 1);

  await page.goBack();
  await connected(page, "garden");
  await seen(page, "said in the garden");
  assertEquals(problems, []);
});

browserTest("page is used with the keyboard alone", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page, problems } = await browser.open(server.url);

  // The page begins in the message box. Backwards from there to the first stop,
  // which leads past the rooms.
  const stops: string[] = [];
  for (let i = 0; i < 7; i++) {
    stops.push(await focused(page));
    await page.keyboard.press("Shift+Tab");
  }
  assertEquals(stops, [
    "Message",
    "Writing as",
    "Messages",
    "Open",
    "Open or make a room",
    "general",
    "Skip to the message box",
  ]);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.type("typed");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("on two lines");
  await page.keyboard.press("Enter");
  await seen(page, "typed\non two lines");

  await page.keyboard.press("Shift+Tab");
  await page.keyboard.type("Kim");
  await page.keyboard.press("Enter");
  await connected(page, "general");
  await page.keyboard.type("as Kim");
  await page.keyboard.press("Enter");
  await seen(page, "as Kim");
  assertEquals((await said(page)).at(-1), "Kim: as Kim");

  for (let i = 0; i < 4; i++) await page.keyboard.press("Shift+Tab");
  await page.keyboard.type("attic");
  await page.keyboard.press("Enter");
  await connected(page, "attic");
  assertEquals(await focused(page), "Message");

  await page.reload();
  await connected(page, "attic");
  assertEquals(await page.getByLabel("Writing as").inputValue(), "Kim");
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

  await say(phone.page, "w".repeat(2_000));
  await say(phone.page, "كلمة".repeat(200));
  assertEquals(await overflow(page), 0);

  const panel = page.getByRole("navigation", { name: "Rooms" });
  assertEquals(await panel.isVisible(), false);
  await page.getByRole("button", { name: "Rooms" }).tap();
  await panel.getByRole("link", { name: "r".repeat(250) }).waitFor();
  assertEquals(await overflow(page), 0);
  await page.keyboard.press("Escape");
  assertEquals(await panel.isVisible(), false);

  // All that is needed is in view at once, and large enough for a thumb.
  for (const name of ["Rooms", "Send"]) {
    const box = await page.getByRole("button", { name }).boundingBox();
    assert(box !== null && box.height >= 40 && box.width >= 40, name);
    assert(box.y >= 0 && box.y + box.height <= PHONE.height, name);
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
  await ann.page.getByRole("button", { name: "New messages below" }).waitFor();
  assertEquals(await ann.page.evaluate(`${LOG}.scrollTop`), 0);

  await ann.page.getByRole("button", { name: "New messages below" }).click();
  await until(ann.page, `${TO_END} < 1`);
  await say(bob.page, "and further\n\n\n\n\n\n");
  await until(ann.page, `${TO_END} < 1`);
});

browserTest("page comes back after the server was killed", async () => {
  const dir = await Deno.makeTempDir();
  const kv = `${dir}/chat.db`;
  await using browser = await openBrowser();
  const first = await startServer({ kv });
  const { port, url } = first;
  await using _first = first;
  const ann = await browser.open(url, { name: "Ann" });
  const bob = await browser.open(url, { name: "Bob" });
  await say(ann.page, "before the kill");
  await seen(bob.page, "before the kill");

  await first.kill();
  await state(ann.page, "lost");
  const notice = ann.page.getByRole("status");
  assert((await notice.textContent())?.endsWith("Trying again…"));
  // What was said stays readable, what is typed is not lost.
  assertEquals(await said(ann.page), ["Ann: before the kill"]);
  await ann.page.getByLabel("Message", { exact: true }).fill("while away");
  await ann.page.keyboard.press("Enter");
  await ann.page.getByText("Your text stays in the box.").waitFor();

  await using _second = await startServer({ kv, port });
  await connected(ann.page, "general");
  await connected(bob.page, "general");
  assertEquals(await said(ann.page), ["Ann: before the kill"]);
  assertEquals(await notice.textContent(), "");
  await ann.page.getByLabel("Message", { exact: true }).press("Enter");
  await seen(bob.page, "while away");
  await say(bob.page, "after the kill");
  await seen(ann.page, "after the kill");

  const all = [
    "Ann: before the kill",
    "Ann: while away",
    "Bob: after the kill",
  ];
  assertEquals(await said(ann.page), all);
  assertEquals(await said(bob.page), all);
  for (const problem of [...ann.problems, ...bob.problems]) {
    // Chromium reports every attempt to connect that failed.
    assert(problem.includes("ERR_CONNECTION_REFUSED"), problem);
  }
  await Deno.remove(dir, { recursive: true });
});

browserTest(
  "page shows what the server refuses and gives it back",
  async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const { page, problems } = await browser.open(server.url);
    const box = page.getByLabel("Message", { exact: true });
    const notice = page.getByRole("status");

    await box.fill("w".repeat(5_000));
    await box.press("Enter");
    await page.getByText("Not sent.").waitFor();
    assertEquals(await box.inputValue(), "w".repeat(5_000));
    assertEquals(await said(page), []);

    await box.fill("shorter");
    await box.press("Enter");
    await seen(page, "shorter");
    assertEquals(await notice.textContent(), "");

    await page.getByLabel("Open or make a room").fill("r".repeat(300));
    await page.keyboard.press("Enter");
    await page.getByText("Not joined.").waitFor();
    assertEquals(
      await page.locator("#state").textContent(),
      "not in this room",
    );
    assertEquals(problems, []);
  },
);

browserTest("page gives back a message that was not stored", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const tab = await browser.newTab({});
  // A server that has one old message and drops the socket at each new one;
  // the second time it has stored it.
  let isStored = false;
  await tab.page.routeWebSocket(/dialect=chat-ws/, (socket) => {
    socket.onMessage((data) => {
      const frame = JSON.parse(String(data));
      if (frame.type === "send-message") return void socket.close();
      for (const sentAt of isStored ? [1, 2] : [1]) {
        socket.send(messageFrame("again", sentAt));
      }
      socket.send(JSON.stringify(frame));
    });
  });
  await tab.page.goto(`${server.url}/`);
  await rename(tab.page, "Ann", "general");

  const box = tab.page.getByLabel("Message", { exact: true });
  await box.fill("again");
  await box.press("Enter");
  await tab.page.getByText("it is back in the box").waitFor();
  assertEquals(await box.inputValue(), "again");
  assertEquals(await said(tab.page), ["Ann: again"]);

  isStored = true;
  await box.press("Enter");
  await state(tab.page, "lost");
  await connected(tab.page, "general");
  assertEquals(await said(tab.page), ["Ann: again", "Ann: again"]);
  assertEquals(await box.inputValue(), "");
  assertEquals(await tab.page.locator(".waiting").count(), 0);
});

browserTest("page keeps the newest 500 lines", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const tab = await browser.newTab({});
  await tab.page.routeWebSocket(/dialect=chat-ws/, (socket) => {
    socket.onMessage((data) => {
      socket.send(String(data));
      for (let i = 0; i < 700; i++) socket.send(messageFrame("line", i));
      socket.send(messageFrame("the last", 700));
    });
  });

  await tab.page.goto(`${server.url}/`);
  await seen(tab.page, "the last");

  assertEquals(await tab.page.locator("#history li").count(), 500);
  // The oldest that is left says whose it is, though it began as a follower.
  await tab.page.locator("#history li").first().getByText("Ann").waitFor();
});

browserTest("page works below a path, behind a proxy", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const tab = await browser.newTab({});
  await tab.page.route("**/chat/**", async (route) => {
    const below = new URL(route.request().url()).pathname.slice("/chat".length);
    await route.fulfill({
      response: await route.fetch({ url: server.url + below }),
    });
  });
  const sockets: string[] = [];
  await tab.page.routeWebSocket(/./, (socket) => {
    sockets.push(socket.url());
    socket.onMessage((data) => socket.send(data));
  });

  await tab.page.goto(`${server.url}/chat/#room=attic`);
  await connected(tab.page, "attic");

  const { host } = new URL(server.url);
  assertEquals(sockets, [`ws://${host}/chat/?dialect=chat-ws`]);
  assertEquals(tab.problems, []);
});

/** @param sentAt In seconds. */
function messageFrame(message: string, sentAt: number): string {
  const frame = { type: "receive-message", from: "Ann", message };
  return JSON.stringify({ ...frame, ["sent_at"]: sentAt });
}
