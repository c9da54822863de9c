import { assertEquals, assertRejects } from "@std/assert";
import { ChatError, type ErrorCode } from "../../src/core/errors.ts";
import type { Participant } from "../../src/core/participant.ts";
import type { Revision } from "../../src/core/revisions.ts";
import type { RoomId } from "../../src/core/types.ts";
import { ChatKit, full } from "../support/chat_kit.ts";
import { diskFull, held, withFaults } from "../support/kv_faults.ts";

const NOBODY = { id: "nobody", number: 0, name: "", verified: false };
const room = "r";

async function refusal(revision: Promise<Revision>): Promise<ErrorCode> {
  const error = await assertRejects(
    async () => await (await revision).committed,
    ChatError,
  );
  return error.code;
}

async function done(revision: Promise<Revision>): Promise<number> {
  const { entry } = await (await revision).committed;
  return entry.seq;
}

/** A member of "r" who said "a" and "b". */
async function talker(kit: ChatKit): Promise<Participant> {
  const { who } = await kit.join(room, "Ann");
  await kit.say(who, room, "a");
  await kit.say(who, room, "b");
  return who;
}

Deno.test("an edit is an entry, and the message is read with its new text", async () => {
  using kit = await ChatKit.open();
  const ann = await talker(kit);
  const eve = await kit.join(room, "Eve", full);
  eve.link.take();

  kit.nowMs += 5;
  await done(kit.chat.revisions.edit(ann, { room, seq: 1, text: "A" }));

  assertEquals(eve.link.take(), ["3 edited 1: A"]);
  const late = await kit.join(room, "Late", full);
  assertEquals(late.link.take(), [
    "1 x: A",
    "2 x: b",
    "3 edited 1: A",
    "arrived Late 3",
  ]);
  const [entry] = await kit.store.log.readAfter(
    room as RoomId,
    { epoch: 1, seq: 0 },
    1,
  );
  assertEquals(entry?.kind === "message" && entry.editedAt, kit.nowMs);
});

Deno.test("a deleted text is read nowhere any more, nor are its edits", async () => {
  using kit = await ChatKit.open();
  const ann = await talker(kit);
  const { revisions } = kit.chat;
  await done(revisions.edit(ann, { room, seq: 1, text: "secret" }));
  await done(revisions.react(ann, {
    room,
    seq: 1,
    reaction: "👍",
    removed: false,
  }));

  await done(revisions.delete(ann, { room, seq: 1 }));

  const late = await kit.join(room, "Late", full);
  assertEquals(late.link.take(), [
    "1 x: (deleted)",
    "2 x: b",
    "3 edited 1: (deleted)",
    "4 reacted 1: 👍",
    "5 deleted 1",
    "arrived Late 2",
  ]);
  const old = await kit.join(room, "Old");
  assertEquals(old.link.take(), ["2 x: b", "joined Old"]);
  // The edit alone on a page, without its message.
  const after = { epoch: 1, seq: 2 };
  const [edit] = await kit.store.log.readAfter(room as RoomId, after, 1);
  assertEquals(edit?.kind === "edited" && edit.text, "");
});

Deno.test("reactions are read with their message, in order, one of each user", async () => {
  using kit = await ChatKit.open();
  const ann = await talker(kit);
  const bob = kit.admit().who;
  const { revisions } = kit.chat;
  const react = (who: Participant, reaction: string, removed = false) => {
    kit.nowMs++;
    return done(revisions.react(who, { room, seq: 1, reaction, removed }));
  };

  await react(bob, "👍");
  await react(ann, "👍");
  await react(ann, "👍");
  await react(bob, "🎉");
  await react(bob, "🎉", true);

  const { messages } = await kit.chat.pages.read(room as RoomId, { limit: 9 });
  assertEquals(
    messages.map(({ reactions }) => reactions && Array.from(reactions)),
    [[["👍", [bob.session, ann.session]]], undefined],
  );
});

Deno.test("only one's own messages can be changed, and none that is gone", async () => {
  using kit = await ChatKit.open();
  const ann = await talker(kit);
  const bob = kit.admit().who;
  const { revisions } = kit.chat;
  const edit = (who: Participant, seq: number) =>
    refusal(revisions.edit(who, { room, seq, text: "x" }));
  await done(revisions.delete(ann, { room, seq: 2 }));

  const codes = [
    await edit(bob, 1),
    await refusal(revisions.delete(bob, { room, seq: 1 })),
    await edit(ann, 2),
    await refusal(revisions.delete(ann, { room, seq: 2 })),
    await edit(ann, 3),
    await edit(ann, 4),
    await refusal(revisions.edit(ann, { room: "none", seq: 1, text: "x" })),
  ];
  await kit.chat.rooms.close(room as RoomId, NOBODY);
  codes.push(await edit(ann, 1));

  assertEquals(codes, [
    "not_yours",
    "not_yours",
    "gone",
    "gone",
    "bad_field",
    "gone",
    "room_missing",
    "room_closed",
  ]);
});

Deno.test("nothing is done to a message whose deletion is under way", async () => {
  using real = await Deno.openKv(":memory:");
  const faulty = withFaults(real);
  using kit = await ChatKit.open({ kv: faulty.kv });
  const ann = await talker(kit);
  const { revisions } = kit.chat;
  const edit = () => revisions.edit(ann, { room, seq: 1, text: "x" });
  const gate = Promise.withResolvers<void>();
  faulty.commits.push(held(gate.promise), diskFull);

  const deletion = await revisions.delete(ann, { room, seq: 1 });
  const refused = refusal(edit());
  const other = await revisions.delete(ann, { room, seq: 2 });
  gate.resolve();
  await deletion.committed;
  const code = await refused;
  const failed = await other.committed.catch((error) => error.code);
  const again = { room, seq: 2, text: "y" };

  assertEquals(code, "gone");
  // One that failed stands in nobody's way.
  assertEquals(failed, "storage_full");
  assertEquals(await done(revisions.edit(ann, again)), 4);
});

Deno.test("a change that is said again with its key has one effect", async () => {
  using kit = await ChatKit.open();
  const ann = await talker(kit);
  const { revisions } = kit.chat;
  const deletion = { room, seq: 1, key: "k" };
  const first = await revisions.delete(ann, deletion);
  const meanwhile = await revisions.delete(ann, deletion);
  await meanwhile.committed;

  const later = await revisions.delete(ann, deletion);

  assertEquals((await first.committed).duplicate, false);
  for (const { committed } of [meanwhile, later]) {
    const { entry, duplicate } = await committed;
    assertEquals([entry.kind, entry.seq, duplicate], ["deleted", 3, true]);
  }
  const edit = { room, seq: 1, text: "x", key: "k" };
  assertEquals(await refusal(revisions.edit(ann, edit)), "conflict");
});

Deno.test("changes of one message at once are made one after the other", async () => {
  using kit = await ChatKit.open();
  const ann = await talker(kit);
  const { revisions } = kit.chat;
  const deletion = { room, seq: 1, key: "k" };
  const wishes = [
    () => revisions.edit(ann, { room, seq: 1, text: "x" }),
    () => revisions.delete(ann, deletion),
    () => revisions.edit(ann, { room, seq: 1, text: "y" }),
    () => revisions.delete(ann, deletion),
    () => revisions.delete(ann, { room, seq: 1 }),
  ];

  const answers = await Promise.all(
    wishes.map(async (wish) => {
      try {
        const { committed } = await wish();
        const { entry, duplicate } = await committed;
        return `${entry.kind} ${entry.seq}${duplicate ? " again" : ""}`;
      } catch (error) {
        return error instanceof ChatError ? error.code : String(error);
      }
    }),
  );

  assertEquals(answers, [
    "edited 3",
    "deleted 4",
    "gone",
    "deleted 4 again",
    "gone",
  ]);
});

Deno.test("a reaction that is there already, or is not, writes nothing", async () => {
  using kit = await ChatKit.open();
  const ann = await talker(kit);
  const react = async (removed: boolean) => {
    const wish = { room, seq: 1, reaction: "x", removed };
    const { committed } = await kit.chat.revisions.react(ann, wish);
    const { entry, duplicate } = await committed;
    return [entry.kind, entry.seq, duplicate];
  };

  const answers = [];
  for (const removed of [true, false, false, true, true]) {
    answers.push(await react(removed));
  }

  assertEquals(answers, [
    ["message", 1, true],
    ["reacted", 3, false],
    ["message", 1, true],
    ["reacted", 4, false],
    ["message", 1, true],
  ]);
});

Deno.test("a reaction above the limit is refused, taking one back is not", async () => {
  using kit = await ChatKit.open({ limits: { REACTIONS_PER_MESSAGE_MAX: 1 } });
  const ann = await talker(kit);
  const { revisions } = kit.chat;
  const react = (reaction: string, removed = false) =>
    revisions.react(ann, { room, seq: 1, reaction, removed });
  await done(react("1"));

  assertEquals(await refusal(react("2")), "limit_reactions");
  await done(react("1", true));
  await done(react("2"));
});

Deno.test("who is in the chat by an old dialect hears an edit as its dialect says it", async () => {
  using kit = await ChatKit.open();
  const ann = await talker(kit);
  const old = await kit.join(room, "Old");
  old.link.take();

  await done(kit.chat.revisions.edit(ann, { room, seq: 1, text: "A" }));

  assertEquals(old.link.take(), ["3 edited 1: A"]);
});

Deno.test("a change never meets a message of the room's next life", async () => {
  using kit = await ChatKit.open();
  const ann = (await kit.join("general", "Ann")).who;
  const bob = (await kit.join("general", "Bob")).who;
  await kit.say(ann, "general", "of Ann");
  const { revisions, rooms } = kit.chat;

  // The edit has read its message when the room is emptied under it.
  const [edit] = await Promise.all([
    refusal(revisions.edit(ann, { room: "general", seq: 1, text: "x" })),
    rooms.close("general" as RoomId, await kit.chat.author(bob, "Bob")),
    kit.say(bob, "general", "of Bob"),
  ]);

  const { messages } = await kit.chat.history("general" as RoomId, {
    skip: 0,
    limit: 10,
  });
  assertEquals(edit, "gone");
  assertEquals(messages.map(({ text }) => text), ["of Bob"]);
});

Deno.test("a change has its place though the room is idle before its message is read", async () => {
  using kv = await Deno.openKv(":memory:");
  const faults = withFaults(kv);
  using kit = await ChatKit.open({ kv: faults.kv });
  const ann = await talker(kit);
  kit.chat.members.leave(ann, room as RoomId);
  const gate = Promise.withResolvers<void>();
  faults.reads.push(held(gate.promise));
  const wish = { room, seq: 1, reaction: "+1", removed: false };

  const reaction = done(kit.chat.revisions.react(ann, wish));
  await new Promise((resolve) => setImmediate(resolve));
  // The wall clock may jump.
  kit.nowMs += 61_000;
  kit.chat.tick();
  gate.resolve();

  assertEquals(await reaction, 3);
});
