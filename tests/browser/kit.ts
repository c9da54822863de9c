/**
 * A real browser for the tests of the page: tabs, and what one does in them.
 *
 * @module
 */
import { assert } from "@std/assert";
import {
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import { memoryStorage, ParleyClient } from "../../static/client.js";

const CHROMIUM_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const executablePath = CHROMIUM_PATHS.find(isFile);
if (executablePath === undefined) {
  // deno-lint-ignore no-console -- a notice for whoever runs the tests
  console.warn(`Browser tests are skipped: no ${CHROMIUM_PATHS.join(", no ")}`);
}

export interface Tab {
  readonly page: Page;
  /** Whatever went wrong: errors, dialogs, violations of the policy. */
  readonly problems: string[];
}

export interface TabOptions extends BrowserContextOptions {
  readonly name?: string;
  readonly room?: string;
}

const WAIT_MS_MAX = 30_000;
export const LOG = `document.getElementById("log")`;
export const MESSAGES = `[...document.querySelectorAll("#lines .message")]`;
/** How far (px) the reader is from the end. */
export const TO_END =
  `(${LOG}.scrollHeight - ${LOG}.scrollTop - ${LOG}.clientHeight)`;

/** Counts violations where the test can wait for one. */
const COUNT_VIOLATIONS = `
  globalThis.cspViolations = 0;
  addEventListener("securitypolicyviolation", (event) => {
    cspViolations += 1;
    console.error("violated: " + event.violatedDirective);
  });`;

export async function openBrowser(): Promise<
  AsyncDisposable & {
    newTab(options: BrowserContextOptions): Promise<Tab>;
    open(url: string, options?: TabOptions): Promise<Tab>;
  }
> {
  const browser = await chromium.launch({
    executablePath: executablePath ?? "",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

  /** Each tab has a context, so a storage, of its own. */
  async function newTab(options: BrowserContextOptions): Promise<Tab> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("dialog", (dialog) => {
      problems.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    await page.addInitScript(COUNT_VIOLATIONS);
    return { page, problems };
  }

  async function open(url: string, options: TabOptions = {}): Promise<Tab> {
    const { name, room = "general", ...contextOptions } = options;
    const tab = await newTab(contextOptions);
    await tab.page.goto(`${url}/#room=${encodeURIComponent(room)}`);
    await connected(tab.page, room);
    if (name !== undefined) await rename(tab.page, name);
    return tab;
  }

  return {
    newTab,
    open,
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/**
 * Waits until an expression is true in the page. Playwright's waitForFunction
 * cannot: it polls with eval, which the page's policy forbids.
 */
export async function until(
  page: Page,
  expression: string,
  waitMsMax = WAIT_MS_MAX,
): Promise<void> {
  const deadline = performance.now() + waitMsMax;
  while (!await page.evaluate(expression)) {
    assert(performance.now() < deadline, `Still not so: ${expression}`);
    await page.evaluate("new Promise(requestAnimationFrame)");
  }
}

/** Waits until the line about the connection is in this state. */
export async function state(page: Page, wanted: string): Promise<void> {
  await page.locator(`#status[data-state="${wanted}"]`)
    .waitFor({ state: "attached" });
}

/** Waits until a room is shown and caught up. */
export async function connected(page: Page, room: string): Promise<void> {
  await until(
    page,
    `document.getElementById("room-title").textContent ===
      ${JSON.stringify(room)} &&
    /connected|resumed/.test(document.getElementById("status").dataset.state)`,
  );
}

/** Gives a guest a name, by the dialog. */
export async function rename(page: Page, name: string): Promise<void> {
  const me = page.locator("#app .me");
  // On a phone it is out of sight.
  if (await me.isVisible()) await me.click();
  else await page.evaluate(`document.querySelector("#app .me").click()`);
  await page.getByLabel("Your name as a guest").fill(name);
  await page.getByRole("button", { name: "Use it" }).click();
  await until(
    page,
    `!document.querySelector("dialog[open]") &&
    document.querySelector("[data-shows=me] bdi").textContent ===
      ${JSON.stringify(name)}`,
  );
}

/** The box that one writes in. */
export function box(page: Page): Locator {
  return page.getByLabel("Message", { exact: true });
}

/** Says a text and waits until the server has it. */
export async function say(page: Page, text: string): Promise<void> {
  const mine = `${MESSAGES}.filter((line) => line.matches(".mine"))`;
  const before: string[] = await page.evaluate(
    `${mine}.map(({ dataset }) => dataset.key)`,
  );
  await box(page).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
  // Their number says nothing where the page holds as many as it may.
  await until(
    page,
    `(() => {
      const before = ${JSON.stringify(before)};
      return ${mine}.some(({ dataset }) => !before.includes(dataset.key)) &&
        !${MESSAGES}.some((line) => line.matches(".waiting"));
    })()`,
  );
}

/** Waits until a text is among the messages, byte for byte, and stored. */
export async function seen(page: Page, text: string): Promise<void> {
  await until(
    page,
    `${MESSAGES}.some((line) => !line.classList.contains("waiting") &&
      line.querySelector(".words").textContent === ${JSON.stringify(text)})`,
  );
}

export async function said(page: Page): Promise<string[]> {
  return await page.evaluate(
    `${MESSAGES}.map((line) =>
      line.querySelector(".author bdi").textContent + ": " +
      line.querySelector(".words").textContent)`,
  );
}

/** The message with that text. */
export function line(page: Page, text: string): Locator {
  return page.locator("#lines .message").filter({ hasText: text }).last();
}

/** Presses a button of a message. */
export async function act(
  message: Locator,
  name: string,
): Promise<void> {
  await message.hover();
  await message.getByRole("button", { name }).click();
}

/** Cuts the page's connection, by the inspector's button. */
export async function dropSocket(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Inspector", exact: true }).click();
  await page.getByRole("button", { name: "Drop the socket" }).click();
  await page.getByRole("button", { name: "Close the inspector" }).click();
}

/** A client beside the browser, without a name. */
export async function openSpeaker(
  { url }: { url: string },
): Promise<Disposable & { client: ParleyClient }> {
  const client = new ParleyClient(`${url}/parley`, {
    storage: memoryStorage(),
    limits: { outboxEntriesMax: 20_000 },
  });
  await client.start();
  return { client, [Symbol.dispose]: () => client.stop() };
}

/** The label or text of what has the keyboard. */
export async function focused(page: Page): Promise<string> {
  return await page.evaluate(`(() => {
    const { activeElement } = document;
    return activeElement.ariaLabel ??
      activeElement.labels?.[0]?.textContent ?? activeElement.textContent;
  })()`);
}

/** How many px the page, the log or a text is wider than its place. */
export async function overflow(page: Page): Promise<number> {
  return await page.evaluate(`Math.max(...[
    document.documentElement,
    ${LOG},
    ...document.querySelectorAll(".words, .note, .status, .side, .people"),
  ].map((box) => box.scrollWidth - box.clientWidth))`);
}

/** A test that is skipped where there is no browser. */
export function browserTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: executablePath === undefined });
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
