import type { LiveRoom } from "./live_room.ts";
import type { Clock, Timers } from "./ports.ts";
import type { Member } from "./types.ts";

/** The pause after news of a room in which further ones are gathered, in ms. */
const PAUSE_MS = 100;

/** What telling of rosters needs. */
export interface RosterNewsPorts {
  readonly clock: Clock;
  readonly timers: Timers;
}

/** What a room has not been told yet. */
interface Untold {
  readonly via: string;
  /** Somebody has come, or says something else of itself. */
  readonly renewed: boolean;
  readonly gone: readonly Member[];
}

/**
 * Tells rooms who is in them whenever that changes, for dialects that show the
 * whole roster each time: at once, then at most ten times a second. What is
 * sent would otherwise grow with the cube of those who come together.
 */
export class RosterNews {
  readonly #ports: RosterNewsPorts;
  /** The rooms that were told lately, and what they were not. */
  readonly #pausing = new Map<LiveRoom, Untold | undefined>();

  constructor(ports: RosterNewsPorts) {
    this.#ports = ports;
  }

  /** A member has come, has another name, or says something else of itself. */
  renewed(room: LiveRoom, via: string): void {
    this.#add(room, { via, renewed: true, gone: [] });
  }

  /** Somebody is no member any more. */
  gone(room: LiveRoom, via: string, member: Member): void {
    this.#add(room, { via, renewed: false, gone: [member] });
  }

  #add(room: LiveRoom, news: Untold): void {
    if (!room.wantsRoster) return;
    if (!this.#pausing.has(room)) return this.#tell(room, news);
    const before = this.#pausing.get(room);
    this.#pausing.set(room, {
      via: news.via,
      renewed: news.renewed || before?.renewed === true,
      gone: [...before?.gone ?? [], ...news.gone],
    });
  }

  #tell(room: LiveRoom, { via, renewed, gone }: Untold): void {
    this.#pausing.set(room, undefined);
    this.#ports.timers.after(PAUSE_MS, () => this.#resume(room));
    const at = this.#ports.clock.now();
    const members = room.members();
    const signal = { room: room.record.id, at, via, members };
    if (gone.length > 0) room.tell({ kind: "roster", ...signal, gone });
    if (renewed) room.tell({ kind: "roster", ...signal, gone: [] });
  }

  #resume(room: LiveRoom): void {
    const untold = this.#pausing.get(room);
    this.#pausing.delete(room);
    // Of a room that was closed meanwhile there is no more to tell.
    if (untold && !room.closed) this.#tell(room, untold);
  }
}
