import { assertEquals } from "@std/assert";
import { BOB, ClientKit, collectOf, joinResult } from "./client_kit.ts";

const FRAME = { type: "direct", room: "d7", ["direct_with"]: BOB };

Deno.test("client tells of a direct message in a room that it is not in", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const told = collectOf(client, "direct");
  const errors = collectOf(client, "error");

  kit.socket.say({ ...FRAME, seq: 1, unread: 1 });
  kit.socket.say({ ...FRAME, seq: 2, unread: 2 });

  const room = client.direct("u2");
  const event = { type: "direct", room, user: BOB };
  assertEquals(told, [
    { ...event, seq: 1, unread: 1 },
    { ...event, seq: 2, unread: 2 },
  ]);
  assertEquals([room.directName, room.unread], ["Bob", 2]);
  assertEquals(errors, []);
  assertEquals(client.room("d7"), room);
});

Deno.test("client joins the room of a direct message by its user, and is told no unread then", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const told = collectOf(client, "direct");
  kit.socket.say({ ...FRAME, seq: 1, unread: 1 });
  const room = told[0]?.room;
  kit.socket.take();

  room?.join();
  assertEquals(kit.socket.take(), [
    { type: "join", direct: "u2", history: 50 },
  ]);
  const info = { id: "d7", title: "d7", kind: "direct", ["created_at"]: 1 };
  const joined = { room: { ...info, ["direct_with"]: BOB }, unread: 0 };
  kit.socket.ok("join", joinResult(0, joined));
  kit.socket.say({ type: "caught_up", room: "d7", epoch: "e1", seq: 0 });
  kit.socket.say({ ...FRAME, seq: 1, unread: 1 });

  assertEquals([room?.isJoined, room?.unread], [true, 0]);
});
