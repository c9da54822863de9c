import { assertEquals } from "@std/assert";
import type { LimitName } from "../../src/core/limits.ts";
import type { LocalServer } from "../http/local_server.ts";
import type { WsClient } from "../support/ws_client.ts";
import {
  accepts,
  heard,
  join,
  leave,
  type LimitCase,
  member,
  refuses,
  send,
  take,
} from "./limits_kit.ts";

const IN_TWO = "Cannot join room: already in 2 rooms";
const TWO_ROOMS = "Cannot create room: there are 2 already";

async function joinRooms(client: WsClient, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) await accepts(client, join(`room ${i}`));
}

/** Says 1, 2, … in a room and then joins it with another socket. */
async function joinAfter(
  server: LocalServer,
  messages: number,
): Promise<WsClient> {
  const ann = await member(server, "past");
  for (let i = 1; i <= messages; i++) ann.send(send("past", `${i}`));
  await ann.take(messages);
  const bob = await server.connect();
  bob.send(join("past", "Bob"));
  return bob;
}

/** The limits on rooms and on what a joiner hears. */
export const ROOM_CASES = {
  ROOMS_PER_SOCKET_MAX: {
    set: { ROOMS_PER_SOCKET_MAX: 2 },
    async reach(server) {
      const ann = await server.connect();
      await joinRooms(ann, 2);
      await accepts(ann, leave("room 1"));
      await accepts(ann, join("room 3"));
    },
    async exceed(server) {
      const ann = await server.connect();
      await joinRooms(ann, 2);
      await refuses(ann, join("room 3"), IN_TWO);
      await accepts(ann, send("room 2", "still here"));
    },
    async lift(server) {
      await joinRooms(await server.connect(), 150);
    },
  },
  ROOMS_MAX: {
    set: { ROOMS_MAX: 2 },
    async reach(server) {
      const ann = await server.connect();
      await joinRooms(ann, 2);
      await accepts(await server.connect(), join("room 2", "Bob"));
    },
    async exceed(server) {
      const ann = await server.connect();
      await joinRooms(ann, 2);
      await refuses(ann, join("room 3"), TWO_ROOMS);
      await refuses(ann, send("room 3", "hi"), TWO_ROOMS);
    },
    async lift(server) {
      await joinRooms(await server.connect(), 20);
    },
  },
  HISTORY_MESSAGES_MAX: {
    set: { HISTORY_MESSAGES_MAX: 3 },
    async reach(server) {
      const bob = await joinAfter(server, 3);
      assertEquals(await take(bob, 4), [
        heard("past", "1"),
        heard("past", "2"),
        heard("past", "3"),
        join("past", "Bob"),
      ]);
    },
    async exceed(server) {
      const bob = await joinAfter(server, 4);
      assertEquals(await take(bob, 4), [
        heard("past", "2"),
        heard("past", "3"),
        heard("past", "4"),
        join("past", "Bob"),
      ]);
    },
    async lift(server) {
      const bob = await joinAfter(server, 250);
      const frames = await take(bob, 251);
      assertEquals(frames[0], heard("past", "1"));
      assertEquals(frames[249], heard("past", "250"));
      assertEquals(frames[250], join("past", "Bob"));
    },
  },
} satisfies Partial<Record<LimitName, LimitCase>>;
