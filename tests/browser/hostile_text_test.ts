/**
 * Hostile texts, names and rooms are shown as text, in a real browser.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { startServer } from "../support/server.ts";
import {
  browserTest,
  connected,
  MESSAGES,
  openBrowser,
  rename,
  said,
  say,
  type Tab,
  until,
} from "./kit.ts";

const HOSTILE_TEXTS = [
  "<img src=x onerror=alert(1)>",
  "</script><script>alert(2)</script>",
  "\"'`><svg/onload=alert(3)>",
  "javascript:alert(4)",
  "&lt;b&gt; &amp; {{7*7}} ${1}",
  "\u202Egnp.exe \u2066isolated",
  "שלום עולם, العربية, mixed",
  "👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 Z̸̢̛a̷l̵g̶o̸",
  "two\nlines and  two  spaces",
  "w".repeat(2_000),
];
const HOSTILE_NAMES = [
  "<img src=x onerror=alert(5)>",
  "</script>\"'",
  "__proto__",
  "عُمَر",
  "n".repeat(128),
];
const HOSTILE_ROOMS = [
  "<img src=x onerror=alert(6)>",
  "\"'&#x3c;%/?#+=",
  "\u202Eegnar",
  "r".repeat(250),
];

browserTest("page shows hostile texts and names as text", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const ann = await browser.open(server.url);
  const bob = await browser.open(server.url);
  const expected: string[] = [];

  for (const [index, text] of HOSTILE_TEXTS.entries()) {
    const name = HOSTILE_NAMES[index % HOSTILE_NAMES.length] ?? "";
    await rename(ann.page, name, "general");
    await say(ann.page, text);
    expected.push(`${name}: ${text}`);
  }

  await until(bob.page, `${MESSAGES}.length === ${expected.length}`);
  assertEquals(await said(ann.page), expected);
  assertEquals(await said(bob.page), expected);
  const notes = await bob.page.locator(".note").allTextContents();
  for (const name of HOSTILE_NAMES) {
    assert(notes.includes(`${name} joined`), name);
    assert(notes.includes(`${name} left`), name);
  }
  const cid = await browser.open(server.url);
  assertEquals(await said(cid.page), expected);
  for (const tab of [ann, bob, cid]) await assertHarmless(tab);
});

browserTest("page shows hostile rooms as text", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const ann = await browser.open(server.url);

  for (const room of HOSTILE_ROOMS) {
    await ann.page.getByLabel("Open or make a room").fill(room);
    await ann.page.keyboard.press("Enter");
    await connected(ann.page, room);
    await say(ann.page, "makes the room");
    assertEquals(await ann.page.title(), `${room} · parley`);
  }

  // Each is in the list, and its link leads back to it.
  const bob = await browser.open(server.url, { room: HOSTILE_ROOMS[0] ?? "" });
  const links = bob.page.getByRole("navigation").getByRole("link");
  await links.nth(HOSTILE_ROOMS.length - 1).waitFor();
  const listed = await links.allTextContents();
  assertEquals(listed.toSorted(), HOSTILE_ROOMS.toSorted());
  for (const [index, room] of listed.entries()) {
    await links.nth(index).click();
    await connected(bob.page, room);
    assertEquals((await said(bob.page)).length, 1);
  }
  for (const tab of [ann, bob]) await assertHarmless(tab);
});

/** No markup came of it, nothing ran, nothing was tried: with a control. */
async function assertHarmless({ page, problems }: Tab): Promise<void> {
  assertEquals(await page.locator("img, body script, b").count(), 0);
  assertEquals(problems, []);

  const attack = `document.body.insertAdjacentHTML("beforeend", "<b>")`;
  await page.evaluate(attack).catch(() => {});
  await until(page, "cspViolations > 0");
  assert(problems.some((problem) => problem.includes("TrustedHTML")));
}
