/**
 * The page at `/docs` in a real browser.
 *
 * Needs Chromium; without one the tests are skipped and say so.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { startServer } from "../support/server.ts";
import { hasCurl, shell } from "../support/shell.ts";
import { browserTest, openBrowser } from "./kit.ts";

/** The first document. */
const OPENAPI = ".document:first-of-type";
const PHONE = { width: 390, height: 844 };

/** Opens the documents and waits until they are drawn. */
async function openDocs(page: Page, url: string, hash = ""): Promise<void> {
  await page.goto(`${url}/docs${hash}`);
  await page.locator(".schema").last().waitFor();
}

async function texts(page: Page, selector: string): Promise<string[]> {
  return await page.locator(selector).allTextContents();
}

browserTest(
  "docs lists operations, parameters, schemas and examples, and asks nobody else",
  async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const { page, problems } = await browser.newTab({});
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));

    await openDocs(page, server.url);

    assertEquals(await texts(page, `${OPENAPI} .item h3`), [
      "POST/api/v1/rooms/{id}/messages",
      "GET/api/v1/rooms/{id}/events",
      "GET/api/v1/rooms/{id}/messages",
      "POST/api/v1/rooms",
      "DELETE/api/v1/rooms/{id}",
      "GET/rooms",
      "GET/links",
      "GET/healthz",
      "GET/readyz",
    ]);
    assertEquals(
      await texts(page, "#openapi-readMessages .part:first-of-type dt > code"),
      ["{id}", "?limit", "?before"],
    );
    assertEquals(
      (await texts(page, `${OPENAPI} .schema h3 > code`)).toSorted(),
      [
        "ChatProblem",
        "Health",
        "Links",
        "Message",
        "Messages",
        "NewMessage",
        "NewRoom",
        "Problem",
        "RequestProblem",
        "RoomNames",
        "RoomProblem",
        "SentMessage",
      ],
    );
    assertEquals(await texts(page, "#openapi-closeRoom .sample code"), [
      `curl -X DELETE '${server.url}/api/v1/rooms/3XX'`,
      JSON.stringify(
        { code: "room.not-found", message: "Room with '3XX' not found" },
        null,
        2,
      ),
    ]);
    const files = [
      "asyncapi.json",
      "docs",
      "docs.css",
      "docs.js",
      "docs_asyncapi.js",
      "docs_openapi.js",
      "docs_prose.js",
      "docs_schema.js",
      "element.js",
      "openapi.json",
    ].map((name) => `${server.url}/${name}`);
    const isData = (url: string) => url.startsWith("data:");
    assertEquals(asked.filter((url) => !isData(url)).toSorted(), files);
    assertEquals(await page.evaluate("cspViolations"), 0);
    assertEquals(problems, []);
  },
);

browserTest(
  "docs lists dialects, frames, their fields and answers",
  async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const { page, problems } = await browser.newTab({});

    await openDocs(page, server.url, "#asyncapi-parley.v1.receive.send");

    const item = page.locator('[id="asyncapi-parley.v1.receive.send"]');
    assertEquals(await item.locator("h3").textContent(), "CLIENTsend");
    const fields = item.locator(".part").first().locator("dt > code");
    assertEquals(await fields.allTextContents(), [
      "type",
      "id",
      "room",
      "direct",
      "text",
      "key",
      "reply_to",
      "data",
    ]);
    const answer = item.locator(".part").last().locator("dt > code");
    assertEquals(await answer.allTextContents(), [
      "room",
      "id",
      "epoch",
      "seq",
      "at",
      "duplicate",
    ]);
    const frame = await item.locator(".sample code").first().textContent();
    assertEquals(JSON.parse(frame ?? ""), {
      type: "send",
      id: 1,
      room: "general",
      text: "Hello world!",
      key: "k-1",
    });
    const groups = page.locator(".document:last-of-type .group > h2");
    assertEquals(await groups.count(), 7);
    assertEquals(problems, []);
  },
);

const OPERATIONS = ["createRoom", "sendMessage", "readMessages", "closeRoom"];

browserTest("docs shows curl lines that do what they say", async () => {
  if (!await hasCurl()) return;
  await using server = await startServer({
    env: { PARLEY_ROOMS_TOKEN: "s3cret" },
  });
  await using browser = await openBrowser();
  const { page, problems } = await browser.newTab({});
  await openDocs(page, server.url);
  const lineOf = async (operation: string) =>
    (await texts(page, `#openapi-${operation} .sample code`))[0] ?? "";

  const statuses = [];
  for (const operation of OPERATIONS) {
    const line = await lineOf(operation);
    const whole = line.replace("<token>", "s3cret");
    const quiet = "--silent --output /dev/null --write-out '%{http_code}'";
    statuses.push(await shell(`${whole} ${quiet}`));
  }

  assertEquals(statuses, ["201", "201", "200", "204"]);
  assertEquals(
    await lineOf("followEvents"),
    `curl -N '${server.url}/api/v1/rooms/3XX/events'`,
  );
  assertEquals(await texts(page, `${OPENAPI} .mark`), [
    "takes a token",
    "takes a token",
    "needs the token",
    "needs the token",
  ]);
  assertEquals((await page.content()).includes("s3cret"), false);
  assertEquals(problems, []);
});

browserTest(
  "docs goes to what the address names, and fits a phone",
  async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const { page, problems } = await browser.newTab({
      viewport: PHONE,
      reducedMotion: "reduce",
    });

    await openDocs(page, server.url, "#schema-Message");

    const top = await page.locator("#schema-Message").evaluate((schema) =>
      schema.getBoundingClientRect().top
    );
    const width = await page.evaluate(
      "document.documentElement.scrollWidth - innerWidth",
    );
    assertEquals([top > 0 && top < PHONE.height, width], [true, 0]);
    await page.getByRole("link", { name: "Read a room's messages" }).click();
    assertEquals(page.url(), `${server.url}/docs#openapi-readMessages`);
    assertEquals(problems, []);
  },
);

browserTest(
  "docs shows what is in a document as text, whatever it is",
  async () => {
    await using server = await startServer();
    await using browser = await openBrowser();
    const { page, problems } = await browser.newTab({});
    const evil = "<img src=x onerror=alert(1)><script>alert(2)</script>";
    await page.route("**/openapi.json", async (route) => {
      const response = await route.fetch();
      const document = await response.json();
      document.info.title = evil;
      document.paths["/rooms"].get.summary = evil;
      document.components.schemas.Message.description = evil;
      await route.fulfill({ response, json: document });
    });

    await openDocs(page, server.url);

    assertEquals(await page.getByText(evil).count() >= 3, true);
    assertEquals(await page.locator("main img, main script").count(), 0);
    assertEquals(await page.evaluate("cspViolations"), 0);
    assertEquals(problems, []);
  },
);

browserTest("docs says so when a document cannot be read", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page } = await browser.newTab({});
  await page.route(
    "**/openapi.json",
    (route) => route.fulfill({ status: 503 }),
  );

  await page.goto(`${server.url}/docs`);

  await page.getByText(
    `Cannot show the documents: ${server.url}/openapi.json is answered 503`,
  ).waitFor();
});
