/**
 * Who one is and whom one writes to, on the page at `/`.
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
  line,
  openBrowser,
  rename,
  said,
  say,
  seen,
  until,
} from "./kit.ts";

browserTest("page carries direct messages between two", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const ann = await browser.open(server.url, { name: "Ann" });
  // Bob's page is told; that it also asks now and then proves nothing.
  const bob = await browser.newTab({});
  await bob.page.addInitScript("globalThis.setInterval = () => 0");
  await bob.page.goto(server.url);
  await connected(bob.page, "general");
  await rename(bob.page, "Bob");
  const cid = await browser.open(server.url, { name: "Cid" });

  await ann.page.getByRole("link", { name: "Bob" }).click();
  await connected(ann.page, "Bob");
  await say(ann.page, "for you alone");

  const directs = bob.page.getByRole("navigation", { name: "Direct" });
  await directs.getByRole("link", { name: "Ann 1 unread" }).click();
  await connected(bob.page, "Ann");
  await seen(bob.page, "for you alone");
  await say(bob.page, "got it");
  await seen(ann.page, "got it");
  await cid.page.evaluate(`document.dispatchEvent(
    new Event("visibilitychange"))`);
  await say(cid.page, "anybody?");
  assertEquals(await said(cid.page), ["Cid: anybody?"]);
  assertEquals(await cid.page.locator("#directs li").count(), 0);
  assertEquals([...ann.problems, ...bob.problems, ...cid.problems], []);
});

browserTest("page signs up, out and in", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page, problems } = await browser.open(server.url, { name: "Ann" });
  await say(page, "as a guest");
  const me = page.locator("#app .me");
  const dialog = page.getByRole("dialog");

  await me.click();
  await dialog.getByLabel("Name", { exact: true }).fill("Ann");
  await page.getByLabel("Password").fill("correct horse");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await dialog.getByText("There is no account of that name").waitFor();
  await page.getByRole("button", { name: "Create account" }).click();
  await me.getByRole("img", { name: "has an account" }).waitFor();
  // What the guest wrote stays Ann's own.
  await connected(page, "general");
  await act(line(page, "as a guest"), "Edit");
  await box(page).press("Escape");

  await me.click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await until(
    page,
    `document.querySelector("[data-shows=me]").textContent.startsWith("Guest")`,
  );
  await me.click();
  await dialog.getByLabel("Name", { exact: true }).fill("Ann");
  await page.getByLabel("Password").fill("correct horse");
  await page.getByLabel("Password").press("Enter");
  await me.getByRole("img", { name: "has an account" }).waitFor();
  await connected(page, "general");
  await say(page, "back again");
  assertEquals(await said(page), ["Ann: as a guest", "Ann: back again"]);
  assertEquals(problems, []);
});
