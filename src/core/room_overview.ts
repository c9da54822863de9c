import type { DirectRooms, KnownUser } from "./direct_rooms.ts";
import type { Hub } from "./hub.ts";
import type { LiveRoom } from "./live_room.ts";
import type { Participant } from "./participant.ts";
import type { Directory } from "./ports.ts";
import { type ReadMarkers, type ReadState, stateOf } from "./read_markers.ts";
import { directUsers } from "./text.ts";
import type { Position, RoomId, RoomRecord } from "./types.ts";

/** A room as a user sees it in a list. */
export interface RoomSummary {
  readonly record: RoomRecord;
  /** Users in it. */
  readonly memberCount: number;
  /** Its newest entry; absent: nobody has used the room of late. */
  readonly head?: Position;
  /** Absent: the user never marked anything in it. */
  readonly read?: ReadState;
  /** Messages behind that; absent: not known of a public room. */
  readonly unread?: number;
  /** Of a direct room: the other one. */
  readonly other?: KnownUser;
}

/** What the overview needs. */
export interface OverviewPorts {
  readonly hub: Hub;
  readonly directory: Directory;
  readonly markers: ReadMarkers;
  readonly direct: DirectRooms;
}

/** The rooms that one user can see, with what is new in them. */
export class RoomOverview {
  readonly #ports: OverviewPorts;

  constructor(ports: OverviewPorts) {
    this.#ports = ports;
  }

  /** Open rooms by number: public ones and one's own direct ones, up to `max`. */
  async read(
    who: Participant,
    max: number,
  ): Promise<{ rooms: readonly RoomSummary[]; hasMore: boolean }> {
    const { directory, markers, direct } = this.#ports;
    const user = who.identity?.id ?? who.session;
    const listings = await directory.list();
    const seen = listings.map(({ record }) => record).filter((record) =>
      record.closedAt === undefined && isFor(user, record)
    );
    const marked = await markers.all(user);
    const rooms: RoomSummary[] = [];
    for (const record of seen.slice(0, max)) {
      const marker = marked.get(record.id);
      const isDirect = record.kind === "direct";
      const matters = isDirect || marker !== undefined;
      const room = await this.#room(record.id, matters);
      const other = isDirect
        ? await direct.otherOf(user, record.id, room)
        : undefined;
      const state = room && matters ? stateOf(marker, room) : undefined;
      rooms.push({
        record,
        memberCount: this.#ports.hub.countUsers(record),
        ...room && { head: room.tail },
        ...state && marker && { read: state },
        ...state && { unread: state.unread },
        ...other && { other },
      });
    }
    return { rooms, hasMore: seen.length > max };
  }

  /** A room that is not at hand is read only where it matters to the user. */
  async #room(id: RoomId, matters: boolean): Promise<LiveRoom | undefined> {
    const { hub } = this.#ports;
    return hub.get(id) ?? (matters ? await hub.find(id) : undefined);
  }
}

function isFor(user: string, { kind, id }: RoomRecord): boolean {
  return kind === "public" || directUsers(id)?.includes(user) === true;
}
