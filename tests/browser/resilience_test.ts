/**
 * The page at `/` through losses, and with much in a room.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { startServer } from "../support/server.ts";
import {
  box,
  browserTest,
  connected,
  dropSocket,
  line,
  LOG,
  MESSAGES,
  openBrowser,
  openSpeaker,
  said,
  say,
  seen,
  state,
  type Tab,
  TO_END,
  until,
} from "./kit.ts";

const STATUS = `document.getElementById("status-text").textContent`;

/** Chromium reports every attempt to connect that failed. */
function assertOnlyLost({ problems }: Tab): void {
  for (const problem of problems) assert(problem.includes("ERR_"), problem);
}

browserTest(
  "page comes back after the server was killed under two",
  async () => {
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
    await until(ann.page, `${STATUS}.startsWith("Offline: ")`);
    const count = ann.page.locator("#status-count");
    await until(
      ann.page,
      `/^retry in \\d+ s$/.test(document.getElementById("status-count").textContent)`,
    );
    assertEquals(await count.getAttribute("aria-hidden"), "true");
    // What was said stays readable, what is said waits.
    await box(ann.page).fill("while away");
    await box(ann.page).press("Enter");
    await line(ann.page, "while away").getByText("waits for the connection")
      .waitFor();
    assertEquals(await said(ann.page), [
      "Ann: before the kill",
      "Ann: while away",
    ]);

    await ann.page.getByRole("button", { name: "Try now" }).waitFor();

    await using _second = await startServer({ kv, port });
    // It may have come back by itself meanwhile: then the button is hidden.
    await ann.page.evaluate(`document.getElementById("status-button").click()`);
    await connected(ann.page, "general");
    await until(ann.page, `${STATUS}.startsWith("Resumed, ")`);
    await connected(bob.page, "general");
    await seen(ann.page, "while away");
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
    assertOnlyLost(ann);
    assertOnlyLost(bob);
    await Deno.remove(dir, { recursive: true });
  },
);

browserTest("page that was offline says how much it caught up", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const ann = await browser.open(server.url, { name: "Ann" });
  const bob = await browser.open(server.url, { name: "Bob" });
  await say(bob.page, "one");
  await seen(ann.page, "one");

  // What is loaded lazily is there by then.
  await dropSocket(ann.page);
  await connected(ann.page, "general");
  await ann.page.context().setOffline(true);
  await dropSocket(ann.page);
  await state(ann.page, "lost");
  for (const text of ["two", "three", "four"]) await say(bob.page, text);
  await box(ann.page).fill("from offline");
  await box(ann.page).press("Enter");
  await ann.page.context().setOffline(false);

  await ann.page.getByText("Resumed, 3 messages caught up").waitFor();
  await seen(bob.page, "from offline");
  const texts = ["one", "two", "three", "four", "from offline"];
  for (const { page } of [ann, bob]) {
    assertEquals(
      await page.evaluate(`${MESSAGES}.map((line) =>
        line.querySelector(".words").textContent)`),
      texts,
    );
  }
  // The reader sees where they were.
  const mark = ann.page.locator("#lines .day.new + .message .words");
  assertEquals(await mark.textContent(), "two");
  assertOnlyLost(ann);
});

browserTest("page says what is gone when a room was begun anew", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const ann = await browser.open(server.url, { name: "Ann" });
  const bob = await browser.open(server.url, { name: "Bob" });
  await say(ann.page, "soon gone");
  await dropSocket(ann.page);
  await connected(ann.page, "general");

  await ann.page.context().setOffline(true);
  await dropSocket(ann.page);
  await state(ann.page, "lost");
  const { status } = await fetch(`${server.url}/api/v1/rooms/general`, {
    method: "DELETE",
  });
  assertEquals(status, 204);
  await until(bob.page, `${MESSAGES}.length === 0`);
  await say(bob.page, "a new beginning");
  await ann.page.context().setOffline(false);

  await state(ann.page, "gap");
  await ann.page.getByText(/^History before .* is gone: .* begun anew$/)
    .waitFor();
  assertEquals(await said(ann.page), ["Bob: a new beginning"]);
  await ann.page.getByRole("button", { name: "Understood" }).click();
  await state(ann.page, "connected");
  assertOnlyLost(ann);
});

browserTest("page holds 10,000 messages in a bounded page", async () => {
  await using server = await startServer({
    args: ["--messages-per-second-max", "0"],
  });
  await using browser = await openBrowser();
  using speaker = await openSpeaker(server);
  const room = await speaker.client.room("general").join();
  const sends = [];
  for (let i = 1; i <= 10_000; i++) sends.push(room.send(`message ${i}`));
  await Promise.all(sends);

  const tab = await browser.open(server.url);
  await seen(tab.page, "message 10000");
  const { page } = tab;
  const count = `document.querySelectorAll("#lines > li").length`;
  const opened: number = await page.evaluate(count);
  assert(opened <= 130, `${opened} lines`);

  // To the beginning, as one who scrolls.
  await page.evaluate(`globalThis.linesMax = 0`);
  await until(
    page,
    `(() => {
      ${LOG}.scrollTop = 0;
      linesMax = Math.max(linesMax, ${count});
      return ${MESSAGES}[0]?.querySelector(".words").textContent ===
        "message 1";
    })()`,
    180_000,
  );
  const most: number = await page.evaluate("linesMax");
  assert(most < 300, `${most} lines`);
  await page.getByText("The room begins here.").waitFor();
  // What was read stays in place while earlier ones come.
  assertEquals((await said(page))[1], "Guest 1: message 2");

  await page.getByRole("button", { name: "To the newest" }).click();
  await until(page, `${TO_END} < 1`);
  await seen(page, "message 10000");
  assertEquals(tab.problems, []);
});

browserTest("page stays usable with 50 messages a second", async () => {
  await using server = await startServer({
    args: ["--messages-per-second-max", "0"],
  });
  await using browser = await openBrowser();
  using speaker = await openSpeaker(server);
  const room = await speaker.client.room("general").join();
  const { page, problems } = await browser.open(server.url, { name: "Ann" });
  await page.evaluate(`(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longTasks.push(duration);
    }).observe({ type: "longtask" });
    globalThis.linesMax = 0;
    new MutationObserver(() => {
      linesMax = Math.max(linesMax,
        document.querySelectorAll("#lines > li").length);
    }).observe(document.getElementById("lines"), { childList: true });
  })()`);

  const sends: Promise<unknown>[] = [];
  const timer = setInterval(
    () => sends.push(room.send(`line ${sends.length + 1}`)),
    20,
  );
  await until(page, `${MESSAGES}.length > 100`);
  // One writes meanwhile.
  await say(page, "in between");
  await until(
    page,
    `/line (\\d+)/.exec(${MESSAGES}.at(-1).textContent)?.[1] > 350`,
  );
  clearInterval(timer);
  await Promise.all(sends);
  await seen(page, `line ${sends.length}`);
  await until(page, `${TO_END} < 1`);

  const linesMax: number = await page.evaluate("linesMax");
  assert(linesMax <= 130, `${linesMax} lines`);
  const longTasks: number[] = await page.evaluate("longTasks");
  assertEquals(longTasks.filter((ms) => ms > 200), []);
  assertEquals(problems, []);
});
