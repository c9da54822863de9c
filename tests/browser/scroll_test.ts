/**
 * Reading back on the page at `/`: what is read stays in place.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { startServer } from "../support/server.ts";
import { browserTest, openBrowser, openSpeaker, seen } from "./kit.ts";

/** Scrolls to the beginning; tells what moved by itself meanwhile, in px. */
const READ_BACK = `(async () => {
  const log = document.getElementById("log");
  const top = document.getElementById("top-of-log");
  const frame = () => new Promise(requestAnimationFrame);
  const jumps = [];
  for (let i = 0; i < 1_000; i++) {
    const edge = log.getBoundingClientRect().top;
    const read = [...document.querySelectorAll("#lines .message")]
      .find((line) => line.getBoundingClientRect().bottom > edge);
    const before = read.getBoundingClientRect().top;
    const step = Math.min(150, log.scrollTop);
    log.scrollTop -= step;
    await frame();
    await frame();
    const moved = read.getBoundingClientRect().top - before - step;
    if (Math.abs(moved) > 2) jumps.push(Math.round(moved));
    const isFirst = top.textContent === "The room begins here.";
    if (isFirst && log.scrollTop === 0) return jumps;
  }
  throw new Error("The beginning was not reached");
})()`;

browserTest("page does not jump while earlier messages come", async () => {
  await using server = await startServer({
    args: ["--messages-per-second-max", "0"],
  });
  await using browser = await openBrowser();
  using speaker = await openSpeaker(server);
  const room = await speaker.client.room("general").join();
  for (let i = 1; i <= 400; i++) room.send(`message ${i}`);
  await room.send("the last");
  const { page, problems } = await browser.open(server.url);
  await seen(page, "the last");

  assertEquals(await page.evaluate(READ_BACK), []);
  assertEquals(problems, []);
});
