/**
 * axe-core looks at each view of the pages, in both themes.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { startServer } from "../support/server.ts";
import { act, box, browserTest, line, openBrowser, say } from "./kit.ts";

const PHONE = { width: 390, height: 844 };
const SCHEMES = ["light", "dark"] as const;

/** What is half faded in has too little contrast, for a moment. */
const STILL = { reducedMotion: "reduce" } as const;

/** What axe finds, but for what it calls minor. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(`${axe.source}; 0`);
  return await page.evaluate(`axe.run(document).then(({ violations }) =>
    violations.filter(({ impact }) => impact !== "minor").flatMap(
      ({ id, nodes }) => nodes.map(({ target, any }) =>
        id + ": " + target.join(" ") + " " + (any[0]?.message ?? ""))))`);
}

async function fill(page: Page): Promise<void> {
  await say(page, "hello https://example.com and good bye");
  await act(line(page, "hello"), "React with 👍");
  await page.locator(".chip").waitFor();
  await act(line(page, "hello"), "Reply");
  await box(page).fill("an answer");
  await box(page).press("Enter");
  await line(page, "an answer").locator("button.quote").waitFor();
}

for (const colorScheme of SCHEMES) {
  browserTest(`axe finds nothing in the ${colorScheme} chat`, async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const { page } = await browser.open(server.url, {
      colorScheme,
      ...STILL,
    });
    await fill(page);
    await line(page, "hello").hover();
    assertEquals(await findings(page), []);

    await page.locator("#app .me").click();
    assertEquals(await findings(page), []);
    await page.getByRole("dialog").getByRole("button", { name: "Close" })
      .click();
    await page.getByRole("button", { name: "Write to somebody" }).click();
    assertEquals(await findings(page), []);
    await page.keyboard.press("Escape");
  });

  browserTest(`axe finds nothing in the ${colorScheme} inspector`, async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const { page } = await browser.open(server.url, {
      colorScheme,
      ...STILL,
    });
    await page.getByRole("button", { name: "Inspector", exact: true }).click();
    await page.getByLabel("Speak").selectOption("nest-chat");
    await page.getByRole("status").getByText("in general").waitFor();
    await page.locator(".frame summary").last().click();
    assertEquals(await findings(page), []);

    await page.getByRole("tab", { name: "Six renderings" }).click();
    await page.getByRole("button", { name: "Send it" }).click();
    await page.getByText(/heard by 6 of 6/).waitFor();
    assertEquals(await findings(page), []);
  });

  browserTest(`axe finds nothing on a ${colorScheme} phone`, async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const options = {
      colorScheme,
      viewport: PHONE,
      hasTouch: true,
      ...STILL,
    };
    const { page } = await browser.open(server.url, options);
    await fill(page);
    assertEquals(await findings(page), []);

    await page.getByRole("button", { name: "Rooms", exact: true }).click();
    assertEquals(await findings(page), []);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "People in this room" }).click();
    assertEquals(await findings(page), []);
  });

  browserTest(`axe finds nothing in the ${colorScheme} documents`, async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const { page } = await browser.newTab({ colorScheme, ...STILL });
    await page.goto(`${server.url}/docs`);
    await page.locator(".item").first().waitFor();
    assertEquals(await findings(page), []);
  });
}
