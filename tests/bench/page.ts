/**
 * How long the page takes to open a room of 10,000 messages: from the start of
 * the navigation until the newest message has been painted, in a new profile of
 * a running Chromium, by a server that has served the page before.
 *
 * `deno run --frozen --allow-all tests/bench/page.ts`
 *
 * @module
 */
import { openBrowser, openSpeaker, until } from "../browser/kit.ts";
import { startServer, type TestServer } from "../support/server.ts";

const MESSAGES = 10_000;
const WARMUPS = 2;
const RUNS = 5;

/** Notes when the last message stands on the page, and when it is painted. */
const WATCH = `document.addEventListener("DOMContentLoaded", () => {
  const lines = document.getElementById("lines");
  new MutationObserver((_, observer) => {
    const words = [...lines.querySelectorAll(".message .words")].at(-1);
    if (words?.textContent !== "message ${MESSAGES}") return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() =>
      globalThis.paintedAt = performance.now()));
  }).observe(lines, { childList: true, subtree: true, characterData: true });
});`;

async function fill(server: TestServer): Promise<void> {
  using speaker = await openSpeaker(server);
  const room = await speaker.client.room("general").join();
  const sends = [];
  for (let i = 1; i <= MESSAGES; i++) sends.push(room.send(`message ${i}`));
  await Promise.all(sends);
}

async function main(): Promise<void> {
  await using server = await startServer({
    args: ["--messages-per-second-max", "0"],
  });
  await fill(server);
  await using browser = await openBrowser();
  const all: number[] = [];
  for (let i = 0; i < WARMUPS + RUNS; i++) {
    const { page } = await browser.newTab({});
    await page.addInitScript(WATCH);
    await page.goto(server.url);
    await until(page, "globalThis.paintedAt > 0");
    all.push(Math.round(await page.evaluate("paintedAt")));
    await page.context().close();
  }
  const sorted = all.slice(WARMUPS).sort((a, b) => a - b);
  const text = `page opens ${MESSAGES} messages: median ${
    sorted[RUNS >> 1]
  } ms of ${sorted.join(", ")}\n`;
  await Deno.stdout.write(new TextEncoder().encode(text));
}

if (import.meta.main) await main();
