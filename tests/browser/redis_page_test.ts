/**
 * A page that speaks redis-chat, in a real browser against a real server.
 *
 * The page is the tests' own: it waits for no answer and sends stale ids, as
 * the original's web client was recorded to do, and reads messages by the
 * document's names or by the original's.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ROOT, startServer, type TestServer } from "../support/server.ts";
import { browserTest, openBrowser, type Tab, until } from "./kit.ts";

type Browser = Awaited<ReturnType<typeof openBrowser>>;

/** Serves the page from an origin of its own. */
class Pages implements AsyncDisposable {
  readonly #html: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(html: string) {
    this.#html = html;
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, () => this.#answer());
  }

  static async open(): Promise<Pages> {
    const path = `${ROOT}tests/browser/redis_page.html`;
    return new Pages(await Deno.readTextFile(path));
  }

  /** @param reads Whose names and blocks the page knows, and its profile. */
  url(server: TestServer, reads: "document" | "original"): string {
    const socket = `${server.url.replace(/^http/, "ws")}/ws?profile=${reads}`;
    const query = new URLSearchParams({ server: socket, reads });
    return `http://127.0.0.1:${this.#server.addr.port}/?${query}`;
  }

  #answer(): Response {
    const headers = { "content-type": "text/html; charset=utf-8" };
    return new Response(this.#html, { headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** Loads the page and signs in, with first words that wait for no answer. */
async function enter(
  tab: Tab,
  url: string,
  { name, first = "" }: { name: string; first?: string },
): Promise<void> {
  const { page } = tab;
  await page.goto(url);
  await page.locator('[data-state="ready"]').waitFor();
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(`password of ${name}`);
  await page.getByLabel("First words").fill(first);
  await page.getByRole("button", { name: "Sign in" }).click();
  await titled(tab, "General");
}

async function visitor(
  browser: Browser,
  url: string,
  who: { name: string; first?: string },
): Promise<Tab> {
  const tab = await browser.newTab({});
  await enter(tab, url, who);
  return tab;
}

async function openChannel(tab: Tab, name: string): Promise<void> {
  await tab.page.getByRole("button", { name, exact: true }).click();
  await titled(tab, name);
}

async function titled({ page }: Tab, title: string): Promise<void> {
  const wanted = JSON.stringify(title);
  await until(page, `document.querySelector("h1").textContent === ${wanted}`);
}

async function say({ page }: Tab, text: string): Promise<void> {
  await page.getByLabel("Message").fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

/** Waits until the channel that is shown holds this, each once, in this order. */
async function shows({ page }: Tab, lines: readonly string[]): Promise<void> {
  const wanted = JSON.stringify(lines);
  const shown = `JSON.stringify(Array.from(
    document.querySelectorAll("#log li"), (item) => item.textContent))`;
  await until(page, `${shown} === ${JSON.stringify(wanted)}`);
}

browserTest(
  "redis-chat page signs in, joins and talks without waiting for answers",
  async () => {
    await using server = await startServer();
    await using pages = await Pages.open();
    await using browser = await openBrowser();
    const document = pages.url(server, "document");
    const original = pages.url(server, "original");

    const ann = await visitor(browser, document, { name: "Ann", first: "one" });
    const bob = await visitor(browser, original, { name: "Bob", first: "two" });
    await say(ann, "three");
    const three = ["Ann: one", "Bob: two", "Ann: three"];
    await shows(bob, three);
    await say(bob, "four <b>&amp;</b> 👋");

    for (const tab of [ann, bob]) {
      await shows(tab, [...three, "Bob: four <b>&amp;</b> 👋"]);
      assertEquals(tab.problems, []);
    }
  },
);

browserTest("redis-chat page talks in private, unseen by a third", async () => {
  await using server = await startServer();
  await using pages = await Pages.open();
  await using browser = await openBrowser();
  const document = pages.url(server, "document");
  const original = pages.url(server, "original");
  const ann = await visitor(browser, document, { name: "Ann" });
  const bob = await visitor(browser, original, { name: "Bob" });
  const cat = await visitor(browser, document, { name: "Cat" });

  await openChannel(ann, "Bob");
  await say(ann, "secret");
  await shows(ann, ["Ann: secret"]);
  await openChannel(bob, "Ann");
  await shows(bob, ["Ann: secret"]);
  await say(bob, "reply");
  await openChannel(cat, "Ann");
  await say(cat, "from Cat");

  for (const tab of [ann, bob]) await shows(tab, ["Ann: secret", "Bob: reply"]);
  await shows(cat, ["Cat: from Cat"]);
  await openChannel(cat, "Bob");
  await shows(cat, []);
  for (const { problems } of [ann, bob, cat]) assertEquals(problems, []);
});

browserTest(
  "redis-chat page comes back with the ids of its last visit, also as another",
  async () => {
    await using server = await startServer();
    await using pages = await Pages.open();
    await using browser = await openBrowser();
    const url = pages.url(server, "original");
    const tab = await visitor(browser, url, { name: "Joe", first: "by Joe" });
    await shows(tab, ["Joe: by Joe"]);

    await enter(tab, url, { name: "Joe", first: "by Joe again" });
    await shows(tab, ["Joe: by Joe", "Joe: by Joe again"]);
    await enter(tab, url, { name: "Alex", first: "by Alex" });

    await shows(tab, ["Joe: by Joe", "Joe: by Joe again", "Alex: by Alex"]);
    assertEquals(tab.problems, []);
  },
);
