import type { RoomAccess } from "./access.ts";
import { ChatError, messageGone, roomClosed, roomMissing } from "./errors.ts";
import type { Hub } from "./hub.ts";
import type { Limits } from "./limits.ts";
import type { LiveRoom } from "./live_room.ts";
import type { Participant } from "./participant.ts";
import type { Appended, Clock, Ids, RoomLog, SendKey } from "./ports.ts";
import type { RevisionRequest } from "./requests.ts";
import { messageText, reactionText, sendKey } from "./text.ts";
import {
  isDeleted,
  type MessageEntry,
  type Reactions,
  type RevisionDraft,
  type RoomId,
  type Target,
} from "./types.ts";

/** What changing messages needs. */
export interface RevisionsPorts {
  readonly access: RoomAccess;
  readonly hub: Hub;
  readonly log: RoomLog;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: Limits;
}

/** A change that has its place; `committed` as that of `Chat.send`. */
export interface Revision {
  readonly room: RoomId;
  readonly committed: Promise<Appended>;
}

/** What is done to a message, before it is known which that is. */
type Change =
  | { readonly kind: "edited"; readonly text: string }
  | { readonly kind: "deleted" }
  | {
    readonly kind: "reacted";
    readonly reaction: string;
    readonly removed: boolean;
  };

/**
 * Editing, deleting and reacting: entries behind the message that they are
 * about, so that whoever resumes hears of them as of messages.
 */
export class Revisions {
  readonly #ports: RevisionsPorts;
  /** The newest change of each message that is under way. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(ports: RevisionsPorts) {
    this.#ports = ports;
  }

  /**
   * Gives one's own message another text.
   *
   * @throws {ChatError} `room_missing`, `room_closed`, `not_yours`, `gone`,
   *   `too_long`, `bad_field`, `conflict`.
   */
  edit(
    who: Participant,
    request: RevisionRequest & { readonly text: string },
  ): Promise<Revision> {
    const text = messageText(request.text, this.#ports.limits);
    return this.#change(who, request, { kind: "edited", text });
  }

  /** Takes one's own message back; its text leaves the server no more. */
  delete(who: Participant, request: RevisionRequest): Promise<Revision> {
    return this.#change(who, request, { kind: "deleted" });
  }

  /**
   * Reacts to a message of anybody, or takes that back. Where that is so
   * already nothing is written, and the answer is the message, a duplicate.
   *
   * @throws {ChatError} As `edit` but for `not_yours`; `limit_reactions`.
   */
  react(
    who: Participant,
    request: RevisionRequest & {
      readonly reaction: string;
      readonly removed: boolean;
    },
  ): Promise<Revision> {
    const reaction = reactionText(request.reaction, this.#ports.limits);
    const { removed } = request;
    return this.#change(who, request, { kind: "reacted", reaction, removed });
  }

  /**
   * One change of a message after the other, each on disk before the next one
   * looks at the message: what it finds there is what its entry is behind.
   */
  async #change(
    who: Participant,
    request: RevisionRequest,
    change: Change,
  ): Promise<Revision> {
    const room = await this.#room(who, request);
    const name = `${request.seq} ${room.record.id}`;
    const { promise: turn, resolve: end } = Promise.withResolvers<void>();
    const before = this.#turns.get(name);
    this.#turns.set(name, turn);
    const finish = () => {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
      end();
    };
    // It must be at hand still when the message has been read.
    room.pins++;
    try {
      await before;
      const revision = await this.#changeIn(room, who, { request, change });
      revision.committed.then(finish, finish);
      return revision;
    } catch (error) {
      finish();
      throw error;
    } finally {
      room.pins--;
    }
  }

  async #changeIn(
    room: LiveRoom,
    who: Participant,
    { request, change }: { request: RevisionRequest; change: Change },
  ): Promise<Revision> {
    const { access, log, clock, ids } = this.#ports;
    const { id } = room.record;
    const author = await access.author(who, "");
    const at = clock.now();
    const draftOf = (target: Target, epoch: number): RevisionDraft => ({
      ...change,
      epoch,
      id: ids.ulid(at),
      at,
      author,
      via: who.via,
      target,
    });
    const key = this.#key(author.id, request.key);
    if (key) {
      // Before the message is looked at: it may be as it is because of this.
      const { seq } = request;
      const unknown = draftOf({ seq, id: "", order: 0, at: 0 }, 0);
      const before = await log.recall(id, unknown, key);
      if (before) return { room: id, committed: Promise.resolve(before) };
    }
    const message = await this.#message(room, request.seq);
    this.#check(message, { author: author.id, change });
    if (isSo(message, { author: author.id, change })) {
      const entry: Appended = { entry: message, duplicate: true };
      return { room: id, committed: Promise.resolve(entry) };
    }
    const { epoch, seq, order, at: saidAt } = message;
    const target = { seq, id: message.id, order, at: saidAt };
    return { room: id, committed: log.append(id, draftOf(target, epoch), key) };
  }

  async #room(
    who: Participant,
    { room: place }: RevisionRequest,
  ): Promise<LiveRoom> {
    const { access, hub, clock } = this.#ports;
    const id = access.roomId(who, place);
    const room = await hub.find(id);
    if (!room) throw roomMissing("change message in", id);
    if (room.closed) throw roomClosed("change message in", id);
    room.usedAt = clock.now();
    return room;
  }

  #key(author: string, key: string | undefined): SendKey | undefined {
    if (key === undefined) return undefined;
    return { author, key: sendKey(key, this.#ports.limits) };
  }

  async #message(room: LiveRoom, seq: number): Promise<MessageEntry> {
    const { id } = room.record;
    const { epoch } = room.tail;
    const [entry] = await this.#ports.log.readAfter(
      id,
      { epoch, seq: seq - 1 },
      1,
    );
    if (entry?.seq !== seq) throw messageGone(seq);
    if (entry.kind !== "message") {
      throw new ChatError(
        "bad_field",
        `Cannot change message ${seq}: it is no message`,
      );
    }
    if (isDeleted(entry)) throw messageGone(seq);
    return entry;
  }

  #check(
    message: MessageEntry,
    { author, change }: { author: string; change: Change },
  ): void {
    if (change.kind !== "reacted") {
      if (message.author.id === author) return;
      throw new ChatError(
        "not_yours",
        `Cannot change message ${message.seq}: it is somebody else's`,
      );
    }
    const max = this.#ports.limits.REACTIONS_PER_MESSAGE_MAX;
    if (change.removed || countOf(message.reactions) < max) return;
    throw new ChatError(
      "limit_reactions",
      `Cannot react to message ${message.seq}: there are ${max} already`,
    );
  }
}

/** Whether a reaction is there already, or is not there to be taken back. */
function isSo(
  { reactions }: MessageEntry,
  { author, change }: { author: string; change: Change },
): boolean {
  if (change.kind !== "reacted") return false;
  const users = reactions?.get(change.reaction) ?? [];
  return users.includes(author) !== change.removed;
}

function countOf(reactions: Reactions | undefined): number {
  let count = 0;
  for (const users of reactions?.values() ?? []) count += users.length;
  return count;
}
