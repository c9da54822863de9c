/**
 * nest-chat: rooms made over REST, and a Socket.IO gateway.
 *
 * Source: vivek261991/chat-api, README (seeds/nest-chat.txt) and what was
 * recorded from its server (transcripts nest-chat*.jsonl); the document names
 * only the event `exchanges`. REST is in http/rest_nest_chat.ts, Engine.IO and
 * Socket.IO themselves in http/socket_io/.
 *
 * | Point | Document | Original | Here |
 * | --- | --- | --- | --- |
 * | Socket.IO versions | - | 2, websocket | 2, 3 and 4; websocket and polling, or websocket alone by a setting |
 * | heartbeat | - | 25 s, then 5 s | 25 s, then 20 s: what Socket.IO found out since |
 * | delivery | "room messages" | every socket hears every room | the members of the room and the sender; a socket that never registered hears the rooms made by POST |
 * | several rooms | - | the last one counts at the end | a member of each; `participants/<roomId>` for each at the end |
 * | registering again | - | replaces | replaces the name and the fields, tells all |
 * | rooms of other dialects | - | must be POSTed | any open room counts, the lobby always |
 * | participants of an unknown room | - | disconnected, then an exception; deaf from then on | disconnected; what it says then ends the connection |
 * | exchanges to an unknown room | - | ack "Invalid Room ID" if asked for | same |
 * | missing or malformed payload | - | exception | exception; `document` asks for strings, `original` relays other values |
 * | packet that cannot be read | - | ends the connection, silently | ignored |
 * | createdAt | in the list of messages | as given or absent | as given; where absent `document` says when it was stored |
 * | fields of the server in a payload | - | overwritten in place | same |
 * | fields that nobody knows | - | kept | kept, up to `EXTRA_BYTES_MAX` |
 * | socketId | - | the connection's | the same; the author's id for other dialects and for Socket.IO 2 on polling, where the connection's would be a key to it |
 * | message from another dialect | - | - | all of roomId, username, content, createdAt, socketId, order |
 * | comings and goings at once | - | a list for each | gathered: at once, then at most ten lists a second |
 * | many participants | - | all told to all | above 100, or 16 KiB, only the newcomer is told, up to 128 KiB |
 * | DELETE | closes the room | sockets are not told | `document`: members hear `participants/<roomId>` with nobody in it; who is in no room then hears what one hears who never registered |
 *
 * @module
 */
import type { Chat } from "../../core/chat.ts";
import { frame } from "../../core/encoder.ts";
import { ChatError, DISCONNECTS } from "../../core/errors.ts";
import { InFlight } from "../../core/in_flight.ts";
import type { Participant } from "../../core/participant.ts";
import { type Appended, type Link, toEvent } from "../../core/ports.ts";
import type { RoomId } from "../../core/types.ts";
import type { Dialect, OpenRequest, Session } from "../dialect.ts";
import type { JsonObject } from "../json.ts";
import {
  ackPacket,
  ENCODERS,
  exceptionPacket,
  newcomersRoster,
} from "./encode.ts";
import { type ClientEvent, decode, fieldsOf, NAME } from "./wire.ts";

/** What the original says of everything that went wrong. */
const INTERNAL = "Internal server error";

/** The answer to who writes to a room that is not there. */
const NO_ROOM = "Invalid Room ID";

class NestChatSession implements Session {
  readonly #chat: Chat;
  readonly #link: Link;
  readonly #request: OpenRequest;
  readonly #who: Participant;
  readonly #sends: InFlight;

  constructor(link: Link, chat: Chat, request: OpenRequest) {
    this.#chat = chat;
    this.#link = link;
    this.#request = request;
    const encoder = ENCODERS[request.profile];
    this.#who = chat.admit({ link, encoder, resume: request.resume });
    this.#who.onEvicted = () => this.#evicted();
    this.#sends = new InFlight(chat.limits.SENDS_IN_FLIGHT_MAX);
  }

  start(): Promise<void> | void {
    const { members, resumes } = this.#chat;
    members.overhear(this.#who);
    if (!this.#who.resume) return;
    const ready = () => members.stopOverhearing(this.#who);
    return resumes.restore(this.#who, { ready });
  }

  async receive(text: string): Promise<void> {
    const { profile } = this.#request;
    const decoded = decode(text, profile, this.#chat.limits);
    if (!decoded.ok) return this.#chat.refused("bad_frame");
    try {
      await this.#handle(decoded.value);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.refuse(error);
    }
  }

  refuse(error: ChatError): void {
    this.#chat.refused(error.code);
    const isOriginal = this.#request.profile === "original";
    this.#say(exceptionPacket(isOriginal ? INTERNAL : error.message));
  }

  end(): void {
    // Behind its last words.
    this.#sends.whenSettled(() => this.#chat.dismiss(this.#who));
  }

  #handle(event: ClientEvent): Promise<void> | void {
    switch (event.type) {
      case "participants":
        return this.#register(event);
      case "exchanges":
        return this.#send(event);
      case "malformed":
        this.#chat.refused("bad_frame");
        return this.#say(exceptionPacket(INTERNAL));
      case "unknown":
        return;
    }
  }

  async #register({ room, name, payload }: Registration): Promise<void> {
    await this.#sends.settled();
    if (!await this.#isOpen(room)) return this.#disconnect();
    const id = room as RoomId;
    const about = this.#about(payload);
    const member = this.#chat.members.get(this.#who, id);
    if (!member) return await this.#join(id, name, about);
    if (member.author.name === name) {
      this.#chat.members.describe(this.#who, id, about);
    } else await this.#chat.members.rename(this.#who, id, { name, about });
    this.#showMany(id);
  }

  async #join(id: RoomId, name: string, about: About): Promise<void> {
    const { members } = this.#chat;
    try {
      await members.join(this.#who, {
        room: id,
        name,
        about,
        replay: 0,
        ready: () => members.stopOverhearing(this.#who),
      });
    } catch (error) {
      if (!isClosed(error)) throw error;
      return this.#disconnect();
    }
    this.#showMany(id);
  }

  /** Where not all are shown all, the newcomer is. */
  #showMany(id: RoomId): void {
    const { members } = this.#chat;
    const newcomer = members.get(this.#who, id);
    if (!newcomer) return;
    const { profile } = this.#request;
    const all = members.of(id);
    const text = newcomersRoster(id, all, { newcomer, profile });
    if (text !== null) this.#say(text);
  }

  async #send({ room, name, text, payload, ack }: Exchange): Promise<void> {
    await this.#sends.room();
    if (!await this.#isOpen(room)) {
      // Behind the echoes of what was said before.
      await this.#sends.settled();
      return this.#noRoom(ack);
    }
    const { limits } = this.#chat;
    const fields = fieldsOf("exchanges", payload, limits);
    const socketId = this.#request.connectionId?.() ?? this.#who.session;
    const extra = { ...fields && { fields }, socketId };
    try {
      const { committed } = await this.#chat.send(this.#who, {
        room,
        name,
        text,
        extra,
      });
      const heard = committed.then((appended) => this.#echo(appended, room));
      this.#sends.track(heard, (error) => this.#failed(error, ack));
    } catch (error) {
      if (!isClosed(error)) throw error;
      this.#noRoom(ack);
    }
  }

  /** The sender hears what it said also where it hears nothing else. */
  #echo({ entry }: Appended, room: string): void {
    const id = room as RoomId;
    const who = this.#who;
    if (who.ended || this.#chat.members.hears(who, id)) return;
    for (const text of who.encoder.encode([toEvent(id, entry)])) {
      this.#say(text);
    }
  }

  #failed(error: unknown, ack: string | undefined): void {
    if (isClosed(error)) this.#noRoom(ack);
    else if (error instanceof ChatError) this.refuse(error);
    else this.#say(exceptionPacket(INTERNAL));
  }

  #noRoom(ack: string | undefined): void {
    if (ack !== undefined) this.#say(ackPacket(ack, NO_ROOM));
  }

  /** What is no id of a room is the id of none. */
  async #isOpen(room: string): Promise<boolean> {
    try {
      return await this.#chat.rooms.isOpen(room);
    } catch (error) {
      if (error instanceof ChatError && !error.retryable) return false;
      throw error;
    }
  }

  #about(payload: JsonObject): About {
    const fields = fieldsOf("participants", payload, this.#chat.limits);
    return fields ? { fields } : {};
  }

  /** Who is in no room any more hears what one hears who never was in one. */
  #evicted(): void {
    if (this.#who.rooms.size > 0 || this.#who.ended) return;
    this.#chat.members.overhear(this.#who);
  }

  #disconnect(): void {
    this.#link.close(DISCONNECTS.policy.code, NO_ROOM);
  }

  #say(text: string): void {
    this.#link.send(frame(text));
  }
}

type Registration = Extract<ClientEvent, { type: "participants" }>;
type Exchange = Extract<ClientEvent, { type: "exchanges" }>;

/** What a participant says of itself beside its name. */
type About = { readonly fields?: JsonObject };

function isClosed(error: unknown): boolean {
  return error instanceof ChatError && error.code === "room_closed";
}

/** vivek261991/chat-api. */
export const nestChat: Dialect = {
  name: NAME,
  carrier: "socket.io",
  open: (link, chat, request) => new NestChatSession(link, chat, request),
};
