import { assertEquals } from "@std/assert";
import { BOB, ClientKit, collect, GUEST, joinResult } from "./client_kit.ts";

Deno.test("room knows who is there, and who types", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const names = () => room.members.map(({ name }) => name);
  const types = ["arrived", "departed", "renamed", "typing"] as const;
  const events = collect(room, ...types);
  const say = (type: string, rest: Record<string, unknown>) =>
    kit.socket.say({ type, room: "general", ...rest });

  say("arrived", { user: BOB, member_count: 2 });
  say("typing", { user: BOB, on: true });
  assertEquals([names(), room.memberCount], [["", "Bob"], 2]);
  assertEquals(room.typists, [BOB]);
  const rob = { ...BOB, name: "Rob" };
  say("renamed", { user: rob, old_name: "Bob" });
  assertEquals(names(), ["", "Rob"]);
  say("departed", { user: rob, member_count: 1 });
  assertEquals([names(), room.memberCount], [[""], 1]);
  assertEquals(room.typists, []);

  assertEquals(events, [
    { type: "arrived", user: BOB },
    { type: "typing", user: BOB, isTyping: true },
    { type: "renamed", user: rob, oldName: "Bob" },
    { type: "departed", user: rob },
  ]);
});

Deno.test("room takes the members anew if they changed while it was paged", async () => {
  using kit = new ClientKit();
  const client = await kit.online();
  const room = client.room("general");
  room.join();
  kit.socket.ok("join", joinResult(0));
  const members = [GUEST, BOB];
  kit.socket.say({
    ...{ type: "caught_up", room: "general", epoch: "e1", seq: 0, members },
    member_count: 2,
  });

  assertEquals([room.members, room.memberCount], [members, 2]);
});

Deno.test("room that grows past the list has a count, and a list again when it shrinks", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const say = (type: string, rest: Record<string, unknown>) =>
    kit.socket.say({ type, room: "general", ...rest });

  say("member_count", { member_count: 11 });
  assertEquals([room.members, room.memberCount], [[], 11]);
  say("departed", { user: BOB, member_count: 10 });
  assertEquals(kit.socket.take(), [{ type: "members", room: "general" }]);
  kit.socket.ok("members", { members: [GUEST], member_count: 1 });

  assertEquals([room.members, room.memberCount], [[GUEST], 1]);
});
