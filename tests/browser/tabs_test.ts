/**
 * Two tabs of one user on the page at `/`, which share what the browser keeps.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { startServer } from "../support/server.ts";
import {
  box,
  browserTest,
  connected,
  line,
  openBrowser,
  say,
  seen,
  until,
} from "./kit.ts";

const ME = `document.querySelector("#app [data-shows=me] bdi").textContent`;

async function openSecond(page: Page, url: string): Promise<Page> {
  const second = await page.context().newPage();
  await second.goto(`${url}/#room=general`);
  await connected(second, "general");
  return second;
}

browserTest("page signs out in all tabs", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page, problems } = await browser.open(server.url);
  await page.locator("#app .me").click();
  await page.locator("#sign-name").fill("Annie");
  await page.locator("#sign-password").fill("correct horse 1");
  await page.getByRole("button", { name: "Create account" }).click();
  await until(page, `${ME} === "Annie"`);
  const second = await openSecond(page, server.url);
  await say(second, "said by Annie");

  await page.locator("#app .me").click();
  await page.getByRole("button", { name: "Sign out" }).click();

  await until(second, `${ME}.startsWith("Guest ")`);
  await second.getByText("another tab signed out").waitFor();
  await connected(second, "general");
  await say(second, "said by a guest");
  assertEquals(await second.evaluate(ME), await page.evaluate(ME));
  assertEquals(
    await line(second, "said by a guest").locator(".author .verified").count(),
    0,
  );
  assertEquals(problems, []);
});

browserTest("page sends once what two tabs find unsent", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page } = await browser.open(server.url, { name: "Ann" });
  const second = await openSecond(page, server.url);
  for (const one of [page, second]) {
    await one.getByRole("button", { name: "Inspector", exact: true }).click();
    await one.getByRole("tab", { name: "Frames" }).waitFor();
  }
  await page.context().setOffline(true);
  for (const one of [page, second]) {
    await one.getByRole("button", { name: "Drop the socket" }).click();
    await one.locator('#status[data-state="lost"]').waitFor();
  }
  for (const text of ["one", "two"]) {
    await box(page).fill(text);
    await box(page).press("Enter");
  }

  // Each has them: one as its own, one as what was left.
  await page.context().setOffline(false);
  await page.reload();
  for (const one of [page, second]) {
    await connected(one, "general");
    await seen(one, "two");
    assertEquals(await one.locator("#lines .words").allTextContents(), [
      "one",
      "two",
    ]);
  }
});
