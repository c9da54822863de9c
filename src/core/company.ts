import type { ChatEvent, SignalBase, TypingSignal } from "./events.ts";
import type { Hub } from "./hub.ts";
import type { Limits } from "./limits.ts";
import type { LiveRoom } from "./live_room.ts";
import type { Clock } from "./ports.ts";
import type { ToNeighbours } from "./to_neighbours.ts";
import type { TypingNews, TypistNews } from "./typing.ts";
import type { Author, Member } from "./types.ts";

/** The dialect of what happens by the passing of time. */
const NO_DIALECT = "parley";

/** What company needs. */
export interface CompanyPorts {
  readonly hub: Hub;
  readonly neighbours: ToNeighbours;
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
    const { author: user } = member;
    // Other instances hear that it left.
    const ceased = { user, on: false, isHere: false };
    this.#tellTyping(room, room.typing.set(ceased, nowMs), via);
    if (!room.presence.leave(member, gone ? nowMs : undefined)) return;
    this.#tellOf(room, { kind: "departed", user, via });
  }

  /** A member by a session of this instance types, or does not. */
  type(room: LiveRoom, { user, on }: TypingNews, via: string): void {
    const { clock, neighbours } = this.#ports;
    const nowMs = clock.elapsed();
    const news = room.typing.set({ user, on, isHere: true }, nowMs);
    this.#tellTyping(room, news, via);
    if (news || !on || !room.typing.isRenewalDue(user.id, nowMs)) return;
    neighbours.typing(room.life, this.#typing(room, { user, on }, via));
  }

  /** A member by a session of another one does, as that one tells. */
  heard(room: LiveRoom, { user, on }: TypingNews, via: string): void {
    const nowMs = this.#ports.clock.elapsed();
    const news = on
      ? room.typing.set({ user, on, isHere: false }, nowMs)
      : room.typing.end(user.id, nowMs);
    if (news) this.#tellTyping(room, { ...news, isHere: false }, via);
  }

  /** A user has said something, and so types no more. */
  said(room: LiveRoom, userId: string, via: string): void {
    if (room.typing.isEmpty) return;
    const news = room.typing.end(userId, this.#ports.clock.elapsed());
    this.#tellTyping(room, news, via);
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

  #tellTyping(
    room: LiveRoom,
    news: TypistNews | undefined,
    via: string,
  ): void {
    if (!news) return;
    const signal = this.#typing(room, news, via);
    room.tell(signal);
    if (news.isHere) this.#ports.neighbours.typing(room.life, signal);
  }

  #typing(
    room: LiveRoom,
    { user, on }: TypingNews,
    via: string,
  ): TypingSignal {
    return { kind: "typing", ...this.#signal(room, via), user, on };
  }

  #signal(room: LiveRoom, via: string): SignalBase {
    const at = this.#ports.clock.now();
    return { room: room.record.id, at, via };
  }
}
