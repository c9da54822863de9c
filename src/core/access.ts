import { ChatError } from "./errors.ts";
import type { Hub } from "./hub.ts";
import type { Limits } from "./limits.ts";
import type { LiveRoom } from "./live_room.ts";
import type { Participant } from "./participant.ts";
import type { Clock, Directory, RoomDraft } from "./ports.ts";
import type { Place } from "./requests.ts";
import { directRoomId, directUsers, roomId, userName } from "./text.ts";
import type { Author, RoomId } from "./types.ts";

/** What finding rooms and authors needs. */
export interface AccessPorts {
  readonly hub: Hub;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Id of the room that newcomers land in. */
  readonly lobby: string;
}

/** How a session gets at rooms: the way in that joining and sending share. */
export class RoomAccess {
  readonly #ports: AccessPorts;

  constructor(ports: AccessPorts) {
    this.#ports = ports;
  }

  /** The session as an author of that name; an account has a name of its own. */
  author(who: Participant, name: string): Promise<Author> {
    const { limits, directory } = this.#ports;
    return who.author(userName(name, limits), directory);
  }

  /**
   * The id of a place; the room of two users may be named by its id too, by
   * one of them.
   *
   * @throws {ChatError} `bad_field`, `too_long`, `sign_in_first`.
   */
  roomId(who: Participant, place: Place): RoomId {
    const { limits } = this.#ports;
    if (typeof place === "string") {
      return this.#ownRoom(who, place) ?? roomId(place, limits);
    }
    if (!who.identity) {
      throw new ChatError(
        "sign_in_first",
        "Cannot talk to user: sign in first",
      );
    }
    return directRoomId([who.identity.id, place.direct], limits);
  }

  #ownRoom({ identity }: Participant, place: string): RoomId | undefined {
    if (!identity) return undefined;
    const [lower, higher] = directUsers(place as RoomId) ?? [];
    if (lower === undefined || higher === undefined) return undefined;
    if (identity.id !== lower && identity.id !== higher) return undefined;
    const id = directRoomId([lower, higher], this.#ports.limits);
    return id === place ? id : undefined;
  }

  /** An open public room that is at hand: its id has been checked before. */
  near(place: Place): LiveRoom | undefined {
    if (typeof place !== "string") return undefined;
    const room = this.#ports.hub.getOpen(place as RoomId);
    return room?.record.kind === "public" ? room : undefined;
  }

  /** The room, pinned; makes it if there is none. */
  async use(
    who: Participant,
    { author, ...draft }: Pick<RoomDraft, "id" | "joined"> & {
      author: Author;
      isFleeting?: boolean | undefined;
    },
  ): Promise<LiveRoom> {
    const { hub, clock, lobby } = this.#ports;
    const at = clock.now();
    const { id } = draft;
    const room = await hub.ensure({
      ...draft,
      title: id,
      kind: id.startsWith("@dm/") ? "direct" : "public",
      via: who.via,
      createdBy: author.name,
      at,
      isPermanent: id === lobby,
    });
    room.usedAt = at;
    return room;
  }
}
