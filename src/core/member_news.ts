import type { Company } from "./company.ts";
import type { JoinedSignal, LeftSignal, RenamedSignal } from "./events.ts";
import type { LiveRoom } from "./live_room.ts";
import type { Participant } from "./participant.ts";
import type { RosterNews } from "./roster_news.ts";

/** What telling of members needs. */
export interface MemberNewsPorts {
  readonly company: Company;
  readonly rosters: RosterNews;
}

/**
 * Tells a room's sessions here of its members, by whichever instance those
 * are: each kind of it, and what follows from it.
 */
export class MemberNews {
  readonly #ports: MemberNewsPorts;

  constructor(ports: MemberNewsPorts) {
    this.#ports = ports;
  }

  /** A session is a member; `but` is not told. */
  joined(room: LiveRoom, signal: JoinedSignal, but?: Participant): void {
    const { company, rosters } = this.#ports;
    const { member, via } = signal;
    if (but) room.tellOthers(but, signal);
    else room.tell(signal);
    rosters.renewed(room, via);
    company.enter(room, member, via);
  }

  /** A session is a member no more. */
  left(room: LiveRoom, signal: LeftSignal): void {
    const { company, rosters } = this.#ports;
    const { member, via, gone } = signal;
    room.tell(signal);
    rosters.gone(room, via, member);
    company.leave(room, member, { gone, via });
  }

  /** A member goes by another name. */
  renamed(room: LiveRoom, signal: RenamedSignal): void {
    room.presence.rename(signal.member);
    room.tell(signal);
    this.#ports.rosters.renewed(room, signal.via);
  }

  /** A member says something else of itself: told to who is shown rosters. */
  described(room: LiveRoom, via: string): void {
    this.#ports.rosters.renewed(room, via);
  }
}
