import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { RoomId } from "../../src/core/types.ts";
import type { MessagePage, PageWish } from "../../src/core/message_pages.ts";
import { ChatKit } from "../support/chat_kit.ts";

const room = "r";
const SEED = Number(
  Deno.env.get("PARLEY_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 31),
);

/** What a room is filled with: messages, reactions and deletions of the newest. */
type Deed = "say" | "react" | "delete";

async function filled(kit: ChatKit, deeds: readonly Deed[]): Promise<number[]> {
  const { who } = kit.admit();
  const { revisions } = kit.chat;
  const said: number[] = [];
  let seq = 0;
  let newest: number | undefined;
  for (const deed of ["say", ...deeds] as const) {
    if (deed === "say") {
      await kit.say(who, room, `${seq + 1}`);
      said.push(++seq);
      newest = seq;
    } else if (newest !== undefined) {
      const { committed } = deed === "react"
        ? await revisions.react(who, {
          room,
          seq: newest,
          reaction: `${seq}`,
          removed: false,
        })
        : await revisions.delete(who, { room, seq: newest });
      await committed;
      seq++;
      if (deed === "delete") newest = undefined;
    }
  }
  return said;
}

/** Pages on in one direction until it says that there is no more. */
async function walk(
  read: (wish: PageWish) => Promise<MessagePage>,
  { direction, limit }: { direction: "before" | "after"; limit: number },
): Promise<number[]> {
  const seqs: number[] = [];
  let wish: PageWish = direction === "before" ? { limit } : { limit, after: 0 };
  for (;;) {
    const page = await read(wish);
    const found = page.messages.map(({ seq }) => seq);
    const isBack = direction === "before";
    if (isBack) seqs.unshift(...found);
    else seqs.push(...found);
    if (isBack ? !page.hasBefore : !page.hasAfter) return seqs;
    wish = { limit, [direction]: page.next[direction] };
  }
}

Deno.test("pages in either direction show every message once, in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom<Deed>("say", "say", "react", "delete"), {
        maxLength: 25,
      }),
      fc.integer({ min: 1, max: 7 }),
      async (deeds, limit) => {
        using kit = await ChatKit.open();
        const said = await filled(kit, deeds);
        const read = (wish: PageWish) =>
          kit.chat.pages.read(room as RoomId, wish);

        const back = await walk(read, { direction: "before", limit });
        const forth = await walk(read, { direction: "after", limit });

        assertEquals([back, forth], [said, said]);
      },
    ),
    { seed: SEED, numRuns: 40 },
  );
});

Deno.test("a page around a message has older and newer ones, and says of more", async () => {
  using kit = await ChatKit.open();
  const { who } = kit.admit();
  for (let i = 1; i <= 9; i++) await kit.say(who, room, `${i}`);
  const page = async (wish: PageWish) => {
    const { messages, hasBefore, hasAfter, next } = await kit.chat.pages.read(
      room as RoomId,
      wish,
    );
    return [messages.map(({ seq }) => seq), hasBefore, hasAfter, next];
  };

  assertEquals(await page({ around: 5, limit: 4 }), [
    [3, 4, 5, 6],
    true,
    true,
    { before: 3, after: 6 },
  ]);
  assertEquals(await page({ around: 1, limit: 4 }), [
    [1, 2],
    false,
    true,
    { before: 1, after: 2 },
  ]);
  assertEquals(await page({ before: 3, limit: 4 }), [
    [1, 2],
    false,
    true,
    { before: 1, after: 2 },
  ]);
  assertEquals(await page({ after: 7, limit: 4 }), [
    [8, 9],
    true,
    false,
    { before: 8, after: 9 },
  ]);
  assertEquals(await page({ after: 99, limit: 4 }), [
    [],
    true,
    false,
    { before: 10, after: 9 },
  ]);
});

Deno.test("places that are skipped stay what they are when messages are deleted", async () => {
  using kit = await ChatKit.open();
  const { who } = kit.admit();
  for (let i = 1; i <= 6; i++) await kit.say(who, room, `${i}`);
  const deletion = { room, seq: 5 };
  await (await kit.chat.revisions.delete(who, deletion)).committed;
  const page = async (request: { skip?: number; limit: number }) => {
    const { total, messages } = await kit.chat.history(
      room as RoomId,
      request,
    );
    return [total, messages.map(({ seq }) => seq)];
  };

  assertEquals(await page({ skip: 0, limit: 3 }), [6, [6, 4]]);
  assertEquals(await page({ skip: 3, limit: 3 }), [6, [3, 2, 1]]);
  assertEquals(await page({ limit: 3 }), [6, [6, 4, 3]]);
  assertEquals(
    (await kit.chat.pages.newest(room as RoomId, 3)).map(({ seq }) => seq),
    [6, 4, 3],
  );
});
