import { assert, assertEquals } from "@std/assert";
import type { Json } from "../../src/core/types.ts";
import type { Profile } from "../../src/dialects/dialect.ts";
import type { TestServer } from "../support/server.ts";
import type { Probe } from "../support/transcript.ts";
import { WsClient } from "../support/ws_client.ts";
import { joined, leave, nextOf } from "./chat_ws_kit.ts";

/** The only frame that is answered to the asker alone. */
export const PROBE: Probe = {
  frame: '{"type":"list_rooms"}',
  isAnswer: (frame) => fieldsOf(frame).type === "list_rooms",
};

/** A list of rooms as far as tests look at it. */
export type Rooms = Record<
  string,
  {
    id: number;
    title: string;
    users: Record<string, { id: number; name: string }>;
  }
>;

/** Rooms 1 to 3 with nobody in them. */
export const THREE_ROOMS: Rooms = {
  "1": { id: 1, title: "Room 1", users: {} },
  "2": { id: 2, title: "Room 2", users: {} },
  "3": { id: 3, title: "Room 3", users: {} },
};

/** Where a server speaks wschat, whatever else it speaks on that path. */
export function socketUrl(
  { url }: TestServer,
  query: { profile?: Profile; escape?: string } = {},
): string {
  return `${url}/?${new URLSearchParams({ dialect: "wschat", ...query })}`;
}

/** A frame's fields. */
export function fieldsOf(frame: Json): Record<string, Json> {
  return Object.fromEntries(Object.entries(frame ?? {}));
}

/** A client that has been welcomed. */
export class Guest implements AsyncDisposable {
  readonly client: WsClient;
  /** As it was welcomed. */
  readonly user: { readonly id: number; readonly name: string };
  /** The highest number of a room that it was told of. */
  #numberMax = 3;

  private constructor(client: WsClient, welcome: Json) {
    this.client = client;
    const { type, user } = fieldsOf(welcome);
    assertEquals(type, "welcome");
    const { id, name } = fieldsOf(user ?? null);
    assert(typeof id === "number");
    this.user = { id, name: String(name) };
  }

  static async open(url: string): Promise<Guest> {
    const client = await WsClient.open(url);
    return new Guest(client, await client.next());
  }

  /** As `open`, and in a room, which it has heard. */
  static async in(
    url: string,
    roomId: number,
    name?: string,
  ): Promise<Guest> {
    const guest = await Guest.open(url);
    if (name !== undefined) guest.send({ type: "change_name", name });
    await guest.enter(roomId);
    return guest;
  }

  send(frame: Json | Uint8Array<ArrayBuffer>): void {
    this.client.send(frame);
  }

  say(text: string): void {
    this.send({ type: "text", text });
  }

  next(): Promise<Json> {
    return this.client.next();
  }

  nextText(): Promise<string> {
    return this.client.nextText();
  }

  /** Enters a room; what comes before it hears so is dropped. */
  async enter(roomId: number): Promise<void> {
    this.send({ type: "enter_room", roomId });
    await this.until((frame) =>
      frame.type === "enter_room" &&
      fieldsOf(frame.user ?? null).id === this.user.id
    );
  }

  /** Makes a room; resolves to its number once a list with it has come. */
  async create(title?: Json): Promise<number> {
    const named = title !== undefined && { title };
    const before = this.#numberMax;
    this.send({ type: "create_room", ...named });
    await this.until(() => this.#numberMax > before);
    return this.#numberMax;
  }

  /** Asks for the rooms; what came before is dropped. */
  async rooms(): Promise<Rooms> {
    await this.catchUp();
    this.send(PROBE.frame);
    const { rooms } = await this.until(({ type }) => type === "list_rooms");
    return rooms as Rooms;
  }

  /**
   * Reads all that the server had to say so far; returns it.
   *
   * The end of it is a list of rooms that shows somebody in Room 3, where
   * nobody else may be: entering a room is told to its members alone.
   */
  async catchUp(): Promise<Json[]> {
    const { origin } = new URL(this.client.socket.url);
    await using other = await joined(origin, "Room 3", "witness");
    this.send(PROBE.frame);
    const heard: Json[] = [];
    for (;;) {
      const frame = await this.next();
      if (witnessIn(frame)) break;
      heard.push(frame);
    }
    other.send(leave("Room 3", "witness"));
    await nextOf(other, "leave-room");
    return heard;
  }

  /** The first frame that is the one; what comes before it is dropped. */
  async until(
    isIt: (frame: Record<string, Json>) => boolean,
  ): Promise<Record<string, Json>> {
    for (;;) {
      const frame = fieldsOf(await this.next());
      const numbers = Object.keys(frame.rooms ?? {}).map(Number);
      this.#numberMax = Math.max(this.#numberMax, ...numbers);
      if (isIt(frame)) return frame;
    }
  }

  /** The next frame that is no list of rooms. */
  nextBesideLists(): Promise<Record<string, Json>> {
    return this.until(({ type }) => type !== "list_rooms");
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Fails if a client has heard anything that was not read. */
export async function expectSilence(...guests: Guest[]): Promise<void> {
  // The first round proves that all was handled; what that made the server
  // say to others comes before the end of the second.
  for (let round = 1; round <= 2; round++) {
    for (const guest of guests) assertEquals(await guest.catchUp(), []);
  }
}

function witnessIn(frame: Json): boolean {
  const rooms = (fieldsOf(frame).rooms ?? {}) as Rooms;
  return Object.keys(rooms["3"]?.users ?? {}).length > 0;
}
