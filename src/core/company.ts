import type { ChatEvent, SignalBase } from "./events.ts";
import type { Hub } from "./hub.ts";
import type { Limits } from "./limits.ts";
import type { LiveRoom } from "./live_room.ts";
import type { Clock } from "./ports.ts";
import type { TypingNews } from "./typing.ts";
import type { Author, Member } from "./types.ts";

/** The dialect of what happens by the passing of time. */
const NO_DIALECT = "parley";

/** What company needs. */
export interface CompanyPorts {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly limits: Limits;
}

/** Tells a room's sessions of the users in it: who comes, goes and types. */
export class Company {
  readonly #ports: CompanyPorts;

  constructor(ports: CompanyPorts) {
    this.#ports = ports;
  }

  /** A session became a member. */
  enter(room: LiveRoom, member: Member, via: string): void {
    if (!room.presence.enter(member)) return;
    this.#tellOf(room, { kind: "arrived", user: member.author, via });
  }

  /** A session is a member no more; `gone`: because its socket is. */
  leave(
    room: LiveRoom,
    member: Member,
    { gone, via }: { gone: boolean; via: string },
  ): void {
    const nowMs = this.#ports.clock.elapsed();
    this.type(room, { user: member.author, on: false }, via);
    if (!room.presence.leave(member, gone ? nowMs : undefined)) return;
    this.#tellOf(room, { kind: "departed", user: member.author, via });
  }

  /** A member types, or does not. */
  type(room: LiveRoom, { user, on }: TypingNews, via: string): void {
    const news = room.typing.set(user, on, this.#ports.clock.elapsed());
    if (news) this.#tellTyping(room, news, via);
  }

  /** To be called every second or so. */
  tick(): void {
    const nowMs = this.#ports.clock.elapsed();
    for (const room of this.#ports.hub.rooms()) {
      const { presence, typing } = room;
      for (const news of typing.lapse(nowMs)) {
        this.#tellTyping(room, news, NO_DIALECT);
      }
      if (!presence.isPending) continue;
      for (const user of presence.lapse(nowMs)) {
        this.#tellOf(room, { kind: "departed", user, via: NO_DIALECT });
      }
      if (!presence.isCountDue) continue;
      presence.isCountDue = false;
      const { count: memberCount } = presence;
      const signal = this.#signal(room, NO_DIALECT);
      room.tell({ kind: "counted", ...signal, memberCount });
    }
  }

  /** In a large room the change is counted with others, and told later. */
  #tellOf(
    room: LiveRoom,
    { kind, user, via }: {
      kind: "arrived" | "departed";
      user: Author;
      via: string;
    },
  ): void {
    const { count: memberCount } = room.presence;
    if (memberCount > this.#ports.limits.MEMBERS_LISTED_MAX) {
      room.presence.isCountDue = true;
      return;
    }
    const signal = this.#signal(room, via);
    room.tell({ kind, ...signal, user, memberCount } satisfies ChatEvent);
  }

  #tellTyping(room: LiveRoom, news: TypingNews, via: string): void {
    room.tell({ kind: "typing", ...this.#signal(room, via), ...news });
  }

  #signal(room: LiveRoom, via: string): SignalBase {
    const at = this.#ports.clock.now();
    return { room: room.record.id, at, via };
  }
}
