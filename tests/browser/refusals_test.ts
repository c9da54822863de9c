/**
 * What is not taken, on the page at `/`: nothing is lost unsaid, and nothing is
 * done to a message that was not meant.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { startServer } from "../support/server.ts";
import {
  act,
  box,
  browserTest,
  connected,
  dropSocket,
  line,
  MESSAGES,
  openBrowser,
  said,
  say,
  seen,
  state,
  until,
} from "./kit.ts";

const REFUSALS = `[...document.querySelectorAll("#refusals li")].map((item) =>
  [item.querySelector(".why").textContent.split(".")[0],
    item.querySelector(".words")?.textContent,
    ...Array.from(item.querySelectorAll("button"), (one) => one.textContent),
  ].join("|"))`;

/** Offline, with all that is loaded lazily on the page. */
async function goOffline(page: Page, room = "general"): Promise<void> {
  await dropSocket(page);
  await connected(page, room);
  await page.context().setOffline(true);
  await dropSocket(page);
  await state(page, "lost");
}

browserTest("page does nothing to a message of a later room", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page } = await browser.open(server.url, { name: "Ann" });
  await say(page, "to be edited");
  await say(page, "to be deleted");
  await goOffline(page);
  await act(line(page, "to be edited"), "Edit");
  await box(page).fill("edited");
  await box(page).press("Enter");
  await act(line(page, "to be deleted"), "Delete");
  await line(page, "to be deleted").getByText("Delete it?").click();
  await act(line(page, "to be edited"), "Reply");
  await box(page).fill("an answer");
  await box(page).press("Enter");
  await act(line(page, "to be deleted"), "Reply");

  await fetch(`${server.url}/api/v1/rooms/general`, { method: "DELETE" });
  await page.context().setOffline(false);
  await state(page, "gap");
  await until(page, `${REFUSALS}.length === 3`);
  await page.locator("#banner").waitFor({ state: "hidden" });
  // These have the numbers of those that are gone.
  await say(page, "first words");
  await say(page, "second words");

  assertEquals(await page.evaluate(REFUSALS), [
    "Not edited|edited|Discard",
    "Not deleted||Discard",
    "Not sent|an answer|Try again|Discard",
  ]);
  await page.getByRole("button", { name: "Try again" }).click();
  await seen(page, "an answer");
  assertEquals(await said(page), [
    "Ann: first words",
    "Ann: second words",
    "Ann: an answer",
  ]);
  assertEquals(await page.locator("#lines .quote").count(), 0);
});

browserTest("page tells what was refused in another room", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page, problems } = await browser.open(server.url, { room: "garden" });
  await goOffline(page, "garden");
  await box(page).fill("left a month ago");
  await box(page).press("Enter");
  await until(page, `${MESSAGES}.length === 1`);
  await page.evaluate(`(() => {
    const key = Object.keys(localStorage).find((one) => one.includes("outbox"));
    const kept = JSON.parse(localStorage.getItem(key));
    localStorage.setItem(key, JSON.stringify({ ...kept, writtenAt: 1 }));
    location.hash = "";
  })()`);
  await page.context().setOffline(false);

  await page.reload();
  await connected(page, "general");

  await until(page, `${REFUSALS}.length === 1`);
  assertEquals(await page.evaluate(REFUSALS), [
    "Not sent in garden|left a month ago|Try again|Discard",
  ]);
  await page.getByRole("button", { name: "Try again" }).click();
  await until(page, `${REFUSALS}.length === 0`);
  await page.evaluate(`location.hash = "#room=garden"`);
  await seen(page, "left a month ago");
  for (const problem of problems) assert(problem.includes("ERR_"), problem);
});

browserTest("page keeps what no longer fits into the outbox", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page } = await browser.open(server.url);
  await goOffline(page);
  await page.evaluate(`(() => {
    const field = document.getElementById("text-field");
    for (let i = 1; i <= 1_000; i++) {
      field.value = "waits " + i;
      field.form.requestSubmit();
    }
  })()`);

  await box(page).fill("one too many");
  await box(page).press("Enter");

  await until(page, `${REFUSALS}.length === 1`);
  assertEquals(await page.evaluate(REFUSALS), [
    "Not sent|one too many|Try again|Discard",
  ]);
});

browserTest("page keeps a draft apart from an edit", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page, problems } = await browser.open(server.url);
  await say(page, "said");
  await box(page).fill("a draft");
  await act(line(page, "said"), "Edit");
  await box(page).fill("said better");

  await page.evaluate(`location.hash = "#room=other"`);
  await connected(page, "other");
  assertEquals(await box(page).inputValue(), "");
  await page.evaluate(`location.hash = "#room=general"`);
  await connected(page, "general");

  assertEquals(await box(page).inputValue(), "said better");
  await page.getByText("Editing your message").waitFor();
  await box(page).press("Escape");
  assertEquals(await box(page).inputValue(), "a draft");
  assertEquals(problems, []);
});
