/**
 * A real browser for the tests of the page: tabs, and what one does in them.
 *
 * @module
 */
import { assert } from "@std/assert";
import {
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";

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
export const MESSAGES = `[...document.querySelectorAll("#history .message")]`;
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
    if (name !== undefined) await rename(tab.page, name, room);
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
export async function until(page: Page, expression: string): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX;
  while (!await page.evaluate(expression)) {
    assert(performance.now() < deadline, `Still not so: ${expression}`);
    await page.evaluate("new Promise(requestAnimationFrame)");
  }
}

export async function state(page: Page, wanted: string): Promise<void> {
  await page.locator(`[data-state="${wanted}"]`).waitFor();
}

export async function connected(page: Page, room: string): Promise<void> {
  await until(
    page,
    `document.querySelector("h1").textContent === ${JSON.stringify(room)}`,
  );
  await state(page, "connected");
}

/** A new name is a new visit; it is over when the page is connected again. */
export async function rename(
  page: Page,
  name: string,
  room: string,
): Promise<void> {
  await connected(page, room);
  await page.getByLabel("Writing as").fill(name);
  await page.getByLabel("Writing as").press("Enter");
  await connected(page, room);
}

/** Says a text and waits until the server has given it back. */
export async function say(
  page: Page,
  text: string,
): Promise<void> {
  const words = page.locator("#history .words");
  const before = await words.count();
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
  await words.nth(before).waitFor();
}

/** Waits until a text is among the messages, byte for byte. */
export async function seen(
  page: Page,
  text: string,
): Promise<void> {
  await until(
    page,
    `${MESSAGES}.some((line) =>
      line.querySelector(".words").textContent === ${JSON.stringify(text)})`,
  );
}

export async function said(page: Page): Promise<string[]> {
  return await page.evaluate(
    `${MESSAGES}.map((line) =>
      line.querySelector(".author").textContent + ": " +
      line.querySelector(".words").textContent)`,
  );
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
    ...document.querySelectorAll(".words, .note, .notice"),
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
