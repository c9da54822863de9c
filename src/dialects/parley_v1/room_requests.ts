import type { Chat } from "../../core/chat.ts";
import { ChatError, roomClosed, roomMissing } from "../../core/errors.ts";
import type { LiveRoom } from "../../core/live_room.ts";
import type { Participant } from "../../core/participant.ts";
import type { Place } from "../../core/requests.ts";
import { DIRECT_PREFIX, utf8Length } from "../../core/text.ts";
import type { Extra, Position, RoomId } from "../../core/types.ts";
import type { JsonObject } from "../json.ts";
import {
  caughtUpFrame,
  endedFrame,
  historyResult,
  joinResult,
  membersList,
  membersOf,
  roomsResult,
} from "./answers.ts";
import { NAME } from "./encode.ts";
import type { RequestOf } from "./wire.ts";

/** Messages that a joiner is sent who does not say how many. */
const JOIN_MESSAGES = 50;

/** What a session's dealings with rooms need. */
export interface RoomRequestsPorts {
  readonly chat: Chat;
  readonly who: Participant;
  readonly say: (text: string) => void;
}

/** What a session asks of rooms; each answer is the request's result. */
export class RoomRequests {
  readonly #ports: RoomRequestsPorts;

  constructor(ports: RoomRequestsPorts) {
    this.#ports = ports;
  }

  /**
   * Answers before anything that is stored, and resolves to nothing then; if
   * paging fails afterwards the membership has ended.
   */
  async join(
    { after, history }: RequestOf<"join">,
    { place, reply }: { place: Place; reply: (result: string) => void },
  ): Promise<JsonObject | undefined> {
    const { chat, who, say } = this.#ports;
    const { limits } = chat;
    const max = limits.MEMBERS_LISTED_MAX;
    const id = chat.roomId(who, place);
    const user = this.#user;
    const marker = await chat.markers.of(user, id);
    const known = who.rooms.get(id);
    const other = id.startsWith(DIRECT_PREFIX)
      ? await chat.direct.otherOf(user, id, await chat.room(id))
      : undefined;
    if (known) {
      const { tail } = known;
      const start = { room: known, head: tail, from: tail, resumed: true };
      return joinResult(start, { other, marker, max, already: true });
    }
    let begun: LiveRoom | undefined;
    let version = 0;
    try {
      await chat.members.join(who, {
        room: place,
        name: who.identity?.name ?? "",
        replay: Math.min(
          history ?? JOIN_MESSAGES,
          limits.HISTORY_MESSAGES_MAX,
        ),
        after: after && positionOf(after),
        begins: (start) => {
          begun = start.room;
          version = begun.presence.version;
          const options = { other, marker, max, already: false };
          reply(JSON.stringify(joinResult(start, options)));
        },
        ready: () => {
          if (!begun) return;
          const isSame = version === begun.presence.version;
          const members = isSame ? undefined : membersOf(begun, max);
          say(caughtUpFrame(begun, members));
        },
      });
    } catch (error) {
      if (!begun || !(error instanceof ChatError)) throw error;
      say(endedFrame(id, error));
    }
    return undefined;
  }

  // deno-lint-ignore require-await -- a refusal is a rejection, as everywhere
  async leave({ room }: RequestOf<"leave">): Promise<JsonObject> {
    const { chat, who } = this.#ports;
    if (chat.members.leave(who, room as RoomId)) return {};
    throw notMember("leave", room);
  }

  async history(request: RequestOf<"history">): Promise<string> {
    const { chat, who } = this.#ports;
    const { room, before, after, around, limit } = request;
    const { HISTORY_PAGE_MESSAGES_MAX: max, OUTBOX_BYTES_MAX } = chat.limits;
    if (limit !== undefined && limit > max) {
      throw new ChatError(
        "bad_field",
        `Cannot read history: limit ${limit} of ${max}`,
      );
    }
    const id = chat.roomId(who, room);
    const wish = { before, after, around, limit: limit ?? max };
    const page = await chat.pages.read(id, wish);
    const anchor = around ?? (after === undefined ? Infinity : -Infinity);
    // Half, so that a page does not end a socket that has some waiting.
    return historyResult(id, page, { anchor, bytesMax: OUTBOX_BYTES_MAX / 2 });
  }

  async members({ room }: RequestOf<"members">): Promise<JsonObject> {
    const { chat, who } = this.#ports;
    const live = await chat.room(chat.roomId(who, room));
    if (!live) throw roomMissing("list members of", room);
    const { presence } = live;
    const members = presence.list(chat.limits.MEMBERS_LISTED_MAX);
    return { members: membersList(members), member_count: presence.count };
  }

  // deno-lint-ignore require-await -- a refusal is a rejection, as everywhere
  async typing({ room, on }: RequestOf<"typing">): Promise<JsonObject> {
    const { chat, who } = this.#ports;
    const live = who.rooms.get(room as RoomId);
    const member = live?.member(who.session);
    if (!live || !member) throw notMember("type in", room);
    chat.company.type(live, { user: member.author, on }, NAME);
    return {};
  }

  async read({ room, seq }: RequestOf<"read">): Promise<JsonObject> {
    const { chat, who } = this.#ports;
    const state = await chat.markers.mark(who, chat.roomId(who, room), seq);
    return { seq: state.seq, unread: state.unread };
  }

  async list(): Promise<JsonObject> {
    const { chat, who } = this.#ports;
    const { ROOMS_LISTED_MAX } = chat.limits;
    const overview = await chat.overview.read(who, ROOMS_LISTED_MAX);
    return roomsResult(overview);
  }

  /**
   * What a program adds to a message.
   *
   * @throws {ChatError} `too_long`.
   */
  dataOf({ data }: RequestOf<"send">): Extra | undefined {
    if (!data) return undefined;
    const max = this.#ports.chat.limits.DATA_BYTES_MAX;
    const bytes = utf8Length(JSON.stringify(data));
    // The frame was JSON, and so is what is in it.
    if (bytes <= max) return data as Extra;
    throw new ChatError(
      "too_long",
      `Cannot send data: ${bytes} of ${max} bytes`,
    );
  }

  /** A room that it was in was closed under it. */
  evicted(room: RoomId): void {
    this.#ports.say(endedFrame(room, roomClosed("stay in", room)));
  }

  get #user(): string {
    const { identity, session } = this.#ports.who;
    return identity?.id ?? session;
  }
}

/** Digits of an epoch, as it is inside. */
const EPOCH = /^\d{1,15}$/;

/** An epoch that was never given out is beyond all that there are. */
function positionOf(
  { epoch, seq }: { epoch: string; seq: number },
): Position {
  return { epoch: EPOCH.test(epoch) ? Number(epoch) : Infinity, seq };
}

function notMember(act: string, room: string): ChatError {
  return new ChatError(
    "not_member",
    `Cannot ${act} room "${room}": not a member`,
  );
}
