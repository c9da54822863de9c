/**
 * A room that goes as its last member leaves, while others come or speak.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { chatWs } from "../../src/dialects/chat_ws.ts";
import { wschat } from "../../src/dialects/wschat.ts";
import { SessionKit } from "../support/session_kit.ts";
import { join, send } from "./chat_ws_kit.ts";

const LAB = "Lab" as RoomId;

/** Turns of the queue by which one act begins before the other. */
const TURNS = Array.from({ length: 14 }, (_, turns) => turns);

/** Ann leaves Lab, where she is alone and nothing was said, as Cat acts. */
async function meet(
  kit: SessionKit,
  { frame, turns, catFirst }: {
    frame: Record<string, string>;
    turns: number;
    catFirst: boolean;
  },
): Promise<void> {
  const ann = await kit.open(wschat);
  const cat = await kit.open(chatWs);
  // It has its number, so that nothing waits for that later.
  await cat.say(join("Room 1", "Cat"));
  await ann.say({ type: "create_room", title: LAB });
  await ann.say({ type: "enter_room", roomId: 4 });
  const acts = [
    () => ann.say({ type: "leave_room" }),
    () => cat.say(frame),
  ];
  if (catFirst) acts.reverse();
  const [first, second] = acts;
  const began = first?.();
  for (let i = 0; i < turns; i++) await Promise.resolve();
  await Promise.all([began, second?.()]);
  await kit.settled();
}

/** What the directory and the store say of Lab. */
async function lab(kit: SessionKit): Promise<unknown> {
  const { chat, kv } = kit.kit;
  const listed = (await chat.listings()).find(({ record }) =>
    record.id === LAB
  );
  const { value } = await kv.get(["room", LAB]);
  return {
    spoken: listed?.spoken,
    isStoredAsListed: JSON.stringify(value) === JSON.stringify(listed?.record),
  };
}

for (const catFirst of [true, false]) {
  const order = catFirst ? "before" : "behind";
  Deno.test(`wschat ledger "empty room": a room that is spoken in ${order} its removal is there, and was spoken in`, async (t) => {
    for (const turns of TURNS) {
      await t.step(`by ${turns} turns`, async () => {
        using kit = await SessionKit.open();

        const frame = send(LAB, "Cat", "hi") as Record<string, string>;
        await meet(kit, { frame, turns, catFirst });

        assertEquals(await lab(kit), { spoken: true, isStoredAsListed: true });
        assertEquals(kit.kit.bugs, []);
      });
    }
  });

  Deno.test(`wschat ledger "empty room": who joins a room ${order} its removal is in it`, async (t) => {
    for (const turns of TURNS) {
      await t.step(`by ${turns} turns`, async () => {
        using kit = await SessionKit.open();

        const frame = join(LAB, "Cat") as Record<string, string>;
        await meet(kit, { frame, turns, catFirst });

        const names = kit.kit.chat.members.of(LAB).map(({ author }) =>
          author.name
        );
        assertEquals(names, ["Cat"]);
        assertEquals(await lab(kit), { spoken: false, isStoredAsListed: true });
        assertEquals(kit.kit.bugs, []);
      });
    }
  });
}
