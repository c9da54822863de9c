import { assert, assertEquals } from "@std/assert";
import type { Json } from "../../src/core/types.ts";
import type { Session } from "../../src/dialects/dialect.ts";
import { PROFILES } from "../../src/dialects/dialect.ts";
import { DIALECT_NAMES, dialectNamed } from "../../src/dialects/registry.ts";
import { RoomNames } from "../../src/http/rest_chat_ws.ts";
import { speakerOf } from "../support/speakers.ts";
import { defaults } from "../http/local_server.ts";
import { FakeLink } from "../support/fake_link.ts";
import {
  field,
  join,
  type Keys,
  leave,
  readMessages,
  say,
  type Seat,
  Table,
  textsIn,
} from "./redis_chat_kit.ts";

/** Two users who have talked in private, and go on. */
class Couple implements Disposable {
  readonly table: Table;
  readonly ann: { seat: Seat } & Keys;
  readonly bob: { seat: Seat } & Keys;
  /** The room as the store knows it. */
  readonly room: string;
  readonly number: number;

  private constructor(
    table: Table,
    users: [{ seat: Seat } & Keys, { seat: Seat } & Keys],
    record: { id: string; number: number },
  ) {
    this.table = table;
    [this.ann, this.bob] = users;
    this.room = record.id;
    this.number = record.number;
  }

  static async open(): Promise<Couple> {
    const table = await Table.open();
    await table.kit.chat.rooms.open();
    const ann = await table.guest("Ann");
    const bob = await table.guest("Bob");
    await ann.seat.ask(join(bob.userUUID), say("secret", bob.userUUID));
    await bob.seat.ask(join(ann.userUUID), say("secret", ann.userUUID));
    const listings = await table.kit.chat.listings();
    const direct = listings.find(({ record }) => record.kind === "direct");
    assert(direct);
    return new Couple(table, [ann, bob], direct.record);
  }

  /** Both say something more; fails if they do not hear each other. */
  async talk(): Promise<void> {
    this.ann.seat.heard();
    this.bob.seat.heard();
    await this.ann.seat.ask(say("secret", this.bob.userUUID));
    assertEquals(textsIn(await this.bob.seat.ask()), ["secret"]);
  }

  [Symbol.dispose](): void {
    this.table[Symbol.dispose]();
  }
}

Deno.test("redis-chat private channel is one, whichever of its users opens it", async () => {
  using couple = await Couple.open();
  const { ann, bob } = couple;
  const ids = [ann.userUUID, bob.userUUID].sort();

  const [page] = await ann.seat.ask(
    readMessages({ recipientUUID: bob.userUUID }),
  ).then((heard) => heard.slice(-1));

  assertEquals(couple.room, `@dm/${ids.join("/")}`);
  const messages = field(field(page, "channelMessages"), "messages");
  assertEquals(textsIn(messages), ["secret", "secret"]);
});

Deno.test("redis-chat private channel is closed to a third user, by whatever name", async () => {
  using couple = await Couple.open();
  const { ann, bob, room, table } = couple;
  const cat = await table.guest("Cat");
  const names = [
    ann.userUUID,
    bob.userUUID,
    room,
    room.slice("@dm/".length),
    `${ann.userUUID}/${bob.userUUID}`,
    `${bob.userUUID}/${ann.userUUID}`,
    ann.userUUID.toUpperCase(),
  ];
  const requests = names.flatMap((name) => [
    join(name),
    readMessages({ recipientUUID: name }),
    say("from Cat", name),
    leave(name),
  ]);

  const heard = await cat.seat.ask(...requests);
  const claimed = await cat.seat.ask(
    ...requests.map((one) => ({
      ...one,
      userUUID: ann.userUUID,
      userAccessKey: "bogus",
    })),
  );
  await couple.talk();

  const all = [...heard, ...claimed, ...await cat.seat.ask()];
  assertEquals(JSON.stringify(all).includes("secret"), false);
  const [page] = await ann.seat.ask(
    readMessages({ recipientUUID: bob.userUUID }),
  );
  const messages = field(field(page, "channelMessages"), "messages");
  assertEquals(textsIn(messages), ["secret", "secret", "secret"]);
});

Deno.test("redis-chat private channel is in no list of rooms", async () => {
  using couple = await Couple.open();
  const { chat } = couple.table.kit;

  const names = new RoomNames(chat, "document");
  const queries = [
    ...PROFILES.map((profile) => ({ profile })),
    { ["room_id"]: couple.room },
  ].map((query) => new URLSearchParams(query));
  const answers = await Promise.all(
    queries.map((query) => names.answer(query)),
  );

  const rooms = await Promise.all(answers.map((answer) => answer.json()));
  assertEquals(rooms, [{ rooms: [] }, { rooms: [] }, { rooms: [] }]);
  const shown = (await chat.list.read()).map(({ id }) => String(id));
  assertEquals(shown, ["Room 1", "Room 2", "Room 3"]);
});

/** What a client of any dialect may try, to be in a room that it names. */
function intrusions(room: string, number: number): Json[] {
  return [
    { type: "join-room", room_id: room, from: "x" },
    { type: "send-message", room_id: room, from: "x", message: "intruded" },
    { type: "leave-room", room_id: room, from: "x" },
    { type: "list_rooms" },
    { type: "enter_room", roomId: number },
    { type: "text", text: "intruded" },
    { type: "create_room", title: room },
    { type: "list_rooms" },
    { type: "identity", user: "x" },
    { type: "message", text: "intruded" },
    ...[room, "general"].map((roomId) => ({
      type: "exchanges",
      payload: { roomId, username: "x", content: "intruded" },
    })),
    join(room),
    say("intruded", room),
    readMessages({ recipientUUID: room }),
    // The last: it ends the socket.
    { type: "participants", payload: { roomId: room, username: "x" } },
  ];
}

for (const name of DIALECT_NAMES) {
  for (const profile of PROFILES) {
    Deno.test(`redis-chat private channel is unknown to ${name}, in ${profile}`, async () => {
      using couple = await Couple.open();
      const { room, number, table: { kit } } = couple;
      const { pack = String } = speakerOf(name);
      const paths = ["/", `/${room}`, `/a/b/${room}`, "/general"];
      const links: FakeLink[] = [];
      const sessions: Session[] = [];
      for (const path of paths) {
        const link = new FakeLink();
        links.push(link);
        const session = dialectNamed(name)?.open(link, kit.chat, {
          path,
          query: new URLSearchParams(),
          profile,
          address: "10.0.0.2",
          clock: { now: () => kit.nowMs, elapsed: () => kit.nowMs },
          timers: kit.timers,
          settings: defaults().settings,
        });
        assert(session);
        sessions.push(session);
        await Promise.resolve(session.start()).catch(() => {});
        for (const frame of intrusions(room, number)) {
          await session.receive(pack(JSON.stringify(frame)));
          // What it is answered once that is on disk has come, too.
          await new Promise((resolve) => setImmediate(resolve));
          await kit.store.log.settled();
        }
      }
      await couple.talk();
      await kit.store.log.settled();
      kit.timers.tick(1_000);

      const told = links.flatMap(({ frames }) => frames);
      assert(told.length > 0, "nothing was heard at all");
      const leaks = told.filter((text) => /secret|"Room 4"|Bob/.test(text));
      assertEquals(leaks, []);
      for (const session of sessions) session.end();
      const [page] = await couple.ann.seat.ask(
        readMessages({ recipientUUID: couple.bob.userUUID }),
      ).then((heard) => heard.slice(-1));
      const messages = field(field(page, "channelMessages"), "messages");
      assertEquals(textsIn(messages), ["secret", "secret", "secret"]);
    });
  }
}
