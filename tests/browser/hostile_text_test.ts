/**
 * Hostile texts, names and rooms are shown as text, in a real browser.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { startServer } from "../support/server.ts";
import { HOSTILE_STRINGS } from "./hostile_strings.ts";
import {
  browserTest,
  connected,
  MESSAGES,
  openBrowser,
  openSpeaker,
  said,
  say,
  type Tab,
  until,
} from "./kit.ts";

/** What the server takes as a name or a room: it trims them. */
const expectedWords = HOSTILE_STRINGS.map((text) => text.trim());

browserTest("page shows hostile texts and names as text", async () => {
  assert(HOSTILE_STRINGS.length >= 60, `${HOSTILE_STRINGS.length}`);
  await using server = await startServer({
    args: ["--messages-per-second-max", "0"],
  });
  await using browser = await openBrowser();
  const live = await browser.open(server.url);
  using speaker = await openSpeaker(server);
  const { client } = speaker;
  const room = await client.room("general").join();

  const expected: string[] = [];
  for (const text of expectedWords) {
    // The server takes no name with signs that cannot be seen: then the last.
    await client.rename(text).catch(() => {});
    expected.push(`${client.user?.name}: ${text}`);
    await room.send(text);
    await room.react(1, text.slice(0, 16).toWellFormed()).catch(() => {});
  }

  await until(live.page, `${MESSAGES}.length === ${expected.length}`);
  assertEquals(await said(live.page), expected);
  const notes = await live.page.locator(".note").allTextContents();
  const { name } = client.user ?? {};
  assert(notes.some((note) => note.endsWith(`is now ${name}`)), name);
  const names = new Set(expected.map((line) => line.split(": ")[0]));
  assert(names.size > 50, `${names.size} names`);
  const later = await browser.open(server.url);
  assertEquals(await said(later.page), expected.slice(-60));
  for (const tab of [live, later]) await assertHarmless(tab);
});

browserTest("page shows hostile rooms as text", async () => {
  await using server = await startServer({
    args: ["--messages-per-second-max", "0"],
  });
  await using browser = await openBrowser();
  using speaker = await openSpeaker(server);
  const { client } = speaker;
  for (const id of expectedWords) {
    const room = await client.room(id).join();
    await room.send("makes the room");
    room.leave();
  }

  // Each is in the list, and its link leads to it.
  const { page, problems } = await browser.open(server.url);
  const links = page.locator("#rooms a .name");
  await links.nth(expectedWords.length - 1).waitFor();
  const listed = await links.allTextContents();
  const usual = ["general", "Room 1", "Room 2", "Room 3"];
  assertEquals(listed.toSorted(), [...expectedWords, ...usual].toSorted());
  for (const room of listed) {
    if (usual.includes(room)) continue;
    await page.evaluate(`[...document.querySelectorAll("#rooms a")]
      .find((link) => link.querySelector(".name").textContent ===
        ${JSON.stringify(room)}).click()`);
    await connected(page, room);
    await until(page, `${MESSAGES}.length === 1`);
    const title = `${room} · parley`.replace(/\s+/g, " ");
    assert((await page.title()).endsWith(title), title);
  }
  await say(page, "said in the last one");
  await assertHarmless({ page, problems });
});

/** No markup came of it, nothing ran, nothing was tried: with a control. */
async function assertHarmless({ page, problems }: Tab): Promise<void> {
  const foreign = "img, body script, b, iframe, style, base, math, object, " +
    "#lines details, #lines form, #lines input, bdo";
  assertEquals(await page.locator(foreign).count(), 0);
  const hrefs: string[] = await page.evaluate(
    `Array.from(document.querySelectorAll("#lines a"), (link) =>
      link.protocol + link.rel)`,
  );
  for (const href of hrefs) {
    assert(/^https?:noopener noreferrer nofollow$/.test(href), href);
  }
  assertEquals(problems, []);

  const attack = `document.body.insertAdjacentHTML("beforeend", "<b>")`;
  await page.evaluate(attack).catch(() => {});
  await until(page, "cspViolations > 0");
  assert(problems.some((problem) => problem.includes("TrustedHTML")));
}

browserTest("page finds addresses in a text at once", async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const { page, problems } = await browser.open(server.url);
  // The links that a text has, and how long it took to find them.
  const found = (text: string): Promise<[string[], number]> =>
    page.evaluate(`(async () => {
      const { richText } = await import("/rich_text.js");
      const before = performance.now();
      const parts = richText(${JSON.stringify(text)});
      const ms = performance.now() - before;
      return [parts.flatMap((one) => one.href ? [one.textContent] : []), ms];
    })()`);

  for (
    const [text, link] of [
      ["(see https://a.example/x_(y)).", "https://a.example/x_(y)"],
      ["https://a.example/[1]]!?", "https://a.example/[1]"],
      ["https://a.example/?q=(.).)...", "https://a.example/?q=(.)"],
      ["so, https://a.example/…", "https://a.example/"],
    ] as const
  ) {
    assertEquals((await found(text))[0], [link]);
  }
  for (const end of [")", ".)", "(", "]}"]) {
    const [, ms] = await found(`https://a.example/${end.repeat(30_000)}`);
    assert(ms < 1_000, `${ms} ms for ${end}`);
  }
  assertEquals(problems, []);
});
