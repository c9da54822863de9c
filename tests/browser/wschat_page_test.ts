/**
 * A page that speaks wschat, in a real browser against a real server.
 *
 * The page is the tests' own, written against the document, and shows what it
 * hears as HTML, as the original's page does.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Json } from "../../src/core/types.ts";
import { ROOT, startServer, type TestServer } from "../support/server.ts";
import { browserTest, openBrowser, type Tab, until } from "./kit.ts";

type Browser = Awaited<ReturnType<typeof openBrowser>>;

/** Runs if it is put into a page as it is. */
const HOSTILE = `<img src="gifs/x.gif" onerror="attacked = true">"'&`;

/** Serves the page, and gifs, from an origin of its own. */
class Pages implements AsyncDisposable {
  readonly #html: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(html: string) {
    this.#html = html;
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  static async open(): Promise<Pages> {
    const path = `${ROOT}tests/browser/wschat_page.html`;
    return new Pages(await Deno.readTextFile(path));
  }

  /** @param query What the page asks of the server, beside nothing. */
  url(server: TestServer, query = ""): string {
    const socket = `${server.url.replace(/^http/, "ws")}/${query}`;
    const { port } = this.#server.addr;
    return `http://127.0.0.1:${port}/?${new URLSearchParams({
      server: socket,
    })}`;
  }

  #answer(request: Request): Response {
    if (new URL(request.url).pathname !== "/") {
      return new Response("GIF89a", {
        headers: { "content-type": "image/gif" },
      });
    }
    const headers = { "content-type": "text/html; charset=utf-8" };
    return new Response(this.#html, { headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** Opens the page and waits until it has its name and the rooms. */
async function visit(browser: Browser, url: string): Promise<Tab> {
  const tab = await browser.newTab({});
  await tab.page.goto(url);
  await tab.page.locator("#rooms li").nth(2).waitFor();
  await until(tab.page, `document.querySelector("#me").textContent !== ""`);
  return tab;
}

async function say({ page }: Tab, frame: Json): Promise<void> {
  await page.evaluate(`say(${JSON.stringify(frame)})`);
}

/** Clicks a room in the list. */
async function enter({ page }: Tab, nth: number): Promise<void> {
  await page.locator("#rooms a").nth(nth).click();
}

async function rooms({ page }: Tab): Promise<string[]> {
  return await page.locator("#rooms li").allTextContents();
}

/** The lines of the chat, once there are so many. */
async function chat({ page }: Tab, count: number): Promise<string[]> {
  const lines = page.locator("#chat li");
  await lines.nth(count - 1).waitFor();
  return await lines.allTextContents();
}

browserTest(
  "wschat page talks with another one: names, texts and gifs",
  async () => {
    await using server = await startServer();
    await using pages = await Pages.open();
    await using browser = await openBrowser();
    const ann = await visit(browser, pages.url(server));
    const bob = await visit(browser, pages.url(server));

    await say(ann, { type: "change_name", name: "Ann" });
    await enter(ann, 0);
    await chat(ann, 1);
    await enter(bob, 0);
    await chat(bob, 1);
    await say(ann, { type: "text", text: "hello <i>there</i>" });
    await chat(bob, 2);
    await say(bob, { type: "text", text: "hi Ann" });
    await say(bob, { type: "gif", gifId: 5 });
    await say(bob, { type: "change_name", name: "Bob" });
    await chat(ann, 6);
    await say(bob, { type: "leave_room" });

    assertEquals(await chat(ann, 7), [
      "Ann joined the room.",
      "User 2 joined the room.",
      "You: hello there",
      "User 2: hi Ann",
      "User 2: ",
      "User 2 is now Bob",
      "Bob left the room.",
    ]);
    assertEquals(await chat(bob, 6), [
      "User 2 joined the room.",
      "Ann: hello there",
      "You: hi Ann",
      "You: ",
      "User 2 is now Bob",
      "Bob left the room.",
    ]);
    const pictures = await ann.page.locator("#chat img").all();
    const sources = pictures.map((picture) => picture.getAttribute("src"));
    assertEquals(await Promise.all(sources), ["gifs/5.gif"]);
    assertEquals([...ann.problems, ...bob.problems], []);
  },
);

browserTest(
  "wschat page shows a room that another one makes, and enters it by its id",
  async () => {
    await using server = await startServer();
    await using pages = await Pages.open();
    await using browser = await openBrowser();
    const ann = await visit(browser, pages.url(server));
    const bob = await visit(browser, pages.url(server));

    await say(ann, { type: "create_room", title: "Lab" });
    await ann.page.locator("#rooms li").nth(3).waitFor();
    await bob.page.locator("#rooms li").nth(3).waitFor();
    await enter(ann, 3);
    await chat(ann, 1);
    await enter(bob, 3);
    await chat(bob, 1);
    await say(bob, { type: "text", text: "in the Lab" });

    const four = ["Room 1", "Room 2", "Room 3", "Lab"];
    assertEquals(await rooms(ann), four);
    assertEquals(await rooms(bob), four);
    assertEquals(await chat(ann, 3), [
      "User 1 joined the room.",
      "User 2 joined the room.",
      "User 2: in the Lab",
    ]);
    assertEquals([...ann.problems, ...bob.problems], []);
  },
);

/** Says all that a page shows: a title, a name and a text. */
async function attack(tab: Tab): Promise<void> {
  await say(tab, { type: "create_room", title: HOSTILE });
  await tab.page.locator("#rooms li").nth(3).waitFor();
  await say(tab, { type: "change_name", name: HOSTILE });
  await enter(tab, 0);
  await say(tab, { type: "text", text: HOSTILE });
  await say(tab, { type: "change_name", name: `${HOSTILE}2` });
  await chat(tab, 3);
}

for (
  const [how, query, env] of [
    ["by the query", "?escape=html", {}],
    ["by the setting", "", { PARLEY_WSCHAT_ESCAPE: "html" }],
  ] as const
) {
  browserTest(
    `wschat page runs nothing of a hostile text, name or title where it is escaped ${how}`,
    async () => {
      await using server = await startServer({ env });
      await using pages = await Pages.open();
      await using browser = await openBrowser();
      const bob = await visit(browser, pages.url(server, query));
      await enter(bob, 0);
      await chat(bob, 1);
      const ann = await visit(browser, pages.url(server, "?escape=html"));

      await attack(ann);

      assertEquals(await chat(bob, 4), [
        "User 1 joined the room.",
        `${HOSTILE} joined the room.`,
        `${HOSTILE}: ${HOSTILE}`,
        `${HOSTILE} is now ${HOSTILE}2`,
      ]);
      await bob.page.locator("#rooms li").nth(3).waitFor();
      assertEquals((await rooms(bob)).at(-1), HOSTILE);
      assertEquals(await bob.page.locator("img").count(), 0);
      assertEquals(await bob.page.evaluate("globalThis.attacked"), undefined);
      assertEquals([...ann.problems, ...bob.problems], []);
    },
  );
}

browserTest(
  "wschat page runs a hostile text where it is raw, as the original's does",
  async () => {
    await using server = await startServer();
    await using pages = await Pages.open();
    await using browser = await openBrowser();
    const bob = await visit(browser, pages.url(server));
    await enter(bob, 0);
    await chat(bob, 1);
    const ann = await visit(browser, pages.url(server, "?escape=html"));

    await attack(ann);

    await until(bob.page, "globalThis.attacked === true");
  },
);
