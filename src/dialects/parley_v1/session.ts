/**
 * parley.v1, the native protocol: acknowledged is on disk, and who comes back
 * goes on where it was. README's chapter is its reference.
 *
 * The requests are in wire.ts, the frames to clients in frames.ts; encode.ts
 * and answers.ts write them.
 *
 * @module
 */
import type { Chat } from "../../core/chat.ts";
import { frame } from "../../core/encoder.ts";
import { ChatError } from "../../core/errors.ts";
import { InFlight } from "../../core/in_flight.ts";
import type { Participant } from "../../core/participant.ts";
import type { Appended, Link } from "../../core/ports.ts";
import type { Place } from "../../core/requests.ts";
import type { RoomId } from "../../core/types.ts";
import type { Dialect, OpenRequest, Session } from "../dialect.ts";
import { errorFrame, okFrame, placedResult, welcomeFrame } from "./answers.ts";
import { encoder, NAME } from "./encode.ts";
import { ending, ENDINGS } from "./endings.ts";
import { Introduction } from "./introduction.ts";
import { idOfUnread, type RequestId } from "./request_id.ts";
import { RoomRequests } from "./room_requests.ts";
import {
  decode,
  type Request,
  type RequestOf,
  type RequestType,
} from "./wire.ts";

/** Frames at the beginning of which one must be readable. */
const UNREADABLE_MAX = 20;

/** What changes a room's log. */
type WriteType = "send" | "edit" | "delete" | "react";
type Write = RequestOf<WriteType>;

class ParleySession implements Session {
  readonly #chat: Chat;
  readonly #link: Link;
  readonly #request: OpenRequest;
  readonly #who: Participant;
  readonly #sends: InFlight;
  readonly #introduction: Introduction;
  readonly #rooms: RoomRequests;
  #unreadable = 0;

  constructor(link: Link, chat: Chat, request: OpenRequest) {
    this.#chat = chat;
    this.#link = link;
    this.#request = request;
    const who = chat.admit({ link, encoder });
    this.#who = who;
    this.#sends = new InFlight(chat.limits.SENDS_IN_FLIGHT_MAX);
    const say = (text: string) => this.#say(text);
    this.#introduction = new Introduction({ chat, who, ...request });
    this.#rooms = new RoomRequests({ chat, who, say, ...request });
    who.onEvicted = (room) => this.#rooms.evicted(room);
    who.onSignedOut = () => {
      const { code, reason } = ENDINGS.signedOut;
      link.close(code, reason);
    };
  }

  async start(): Promise<void> {
    const guest = await this.#chat.identities.newGuest(this.#who);
    const { session } = this.#who;
    const time = this.#request.clock.now();
    const { lobby, limits } = this.#chat;
    this.#say(welcomeFrame(guest, { session, time, lobby, limits }));
  }

  async receive(text: string): Promise<void> {
    const read = decode(text, this.#chat.limits);
    if (!read.ok) {
      this.#refuse(read.id, new ChatError(read.code, read.why));
      if (++this.#unreadable === UNREADABLE_MAX) {
        const { code, reason } = ENDINGS.protocol;
        this.#link.close(code, reason);
      }
      return;
    }
    // One that was read shows that the client knows how.
    this.#unreadable = -Infinity;
    const { request } = read;
    try {
      if (isWrite(request)) await this.#write(request);
      else await this.#answer(request);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.#refuse(request.id, error);
    }
  }

  refuse(error: ChatError, text: string): void {
    this.#refuse(idOfUnread(text), error);
  }

  end(): void {
    // Behind its last words.
    this.#sends.whenSettled(() => this.#chat.dismiss(this.#who));
  }

  /** Answered once it is on disk; what comes next does not wait for that. */
  async #write(request: Write): Promise<void> {
    await this.#sends.room();
    const { room, committed } = await this.#begin(request);
    const { id } = request;
    const told = id === undefined
      ? committed
      : committed.then((appended) => this.#placed(id, room, appended));
    this.#sends.track(told, (error) => this.#failed(id, error));
  }

  async #begin(
    request: Write,
  ): Promise<{ room: RoomId; committed: Promise<Appended> }> {
    const { revisions } = this.#chat;
    switch (request.type) {
      case "send": {
        const place = placeOf(request);
        const { text, key, reply_to: replyTo } = request;
        const data = this.#rooms.dataOf(request);
        const name = this.#who.identity?.name ?? "";
        const send = { room: place, name, text, key, replyTo, data };
        const { committed } = await this.#chat.send(this.#who, send);
        return { room: this.#roomId(place), committed };
      }
      case "edit":
        return await revisions.edit(this.#who, request);
      case "delete":
        return await revisions.delete(this.#who, request);
      case "react": {
        const { remove: removed = false } = request;
        return await revisions.react(this.#who, { ...request, removed });
      }
    }
  }

  #placed(id: RequestId, room: RoomId, appended: Appended): void {
    this.#say(okFrame(id, placedResult(room, appended)));
  }

  /** All else finds the effect of what was sent before. */
  async #answer(request: Exclude<Request, Write>): Promise<void> {
    await this.#sends.settled();
    // A client that does not read what it asked for is not answered further.
    await this.#link.drained();
    // What a client that is gone wanted to know is of no use to anybody.
    if (this.#link.isGone && request.type !== "read") return;
    const { id } = request;
    const result = await this.#resultOf(request, (text) => {
      if (id !== undefined) this.#say(okFrame(id, text));
    });
    if (result === undefined || id === undefined) return;
    const text = typeof result === "string" ? result : JSON.stringify(result);
    this.#say(okFrame(id, text));
  }

  /** JSON, or what becomes it; a join answers by itself, before it pages. */
  #resultOf(
    request: Exclude<Request, Write>,
    reply: (result: string) => void,
  ): Promise<unknown> {
    const rooms = this.#rooms;
    switch (request.type) {
      case "hello":
        return this.#introduction.hello(request);
      case "sign_out":
        return this.#introduction.signOut();
      case "rename":
        return this.#introduction.rename(request);
      case "join":
        return rooms.join(request, { place: placeOf(request), reply });
      case "leave":
        return rooms.leave(request);
      case "history":
        return rooms.history(request);
      case "members":
        return rooms.members(request);
      case "typing":
        return rooms.typing(request);
      case "read":
        return rooms.read(request);
      case "rooms":
        return rooms.list();
      case "users":
        return this.#introduction.users(request);
      case "ping":
        return Promise.resolve({ time: this.#request.clock.now() });
    }
  }

  #roomId(place: Place): RoomId {
    // A public room has passed already; its id is as it was given.
    if (typeof place === "string") return place as RoomId;
    return this.#chat.roomId(this.#who, place);
  }

  #failed(id: RequestId | undefined, error: unknown): void {
    if (error instanceof ChatError) this.#refuse(id, error);
    else {
      const message = "Cannot handle request: internal error";
      this.#refuse(id, new ChatError("storage_failed", message));
    }
  }

  #refuse(id: RequestId | undefined, error: ChatError): void {
    this.#chat.refused(error.code);
    this.#say(errorFrame(id ?? null, error));
  }

  #say(text: string): void {
    this.#link.send(frame(text));
  }
}

const WRITES: ReadonlySet<RequestType> = new Set<WriteType>([
  "send",
  "edit",
  "delete",
  "react",
]);

function isWrite(request: Request): request is Write {
  return WRITES.has(request.type);
}

/** Exactly one of the two is there: `decode` has seen to it. */
function placeOf(
  { room = "", direct }: {
    room?: string | undefined;
    direct?: string | undefined;
  },
): Place {
  return direct === undefined ? room : { direct };
}

/** The native protocol. */
export const parleyV1: Dialect = {
  name: NAME,
  resumes: [],
  ending,
  open: (link, chat, request) => new ParleySession(link, chat, request),
};
