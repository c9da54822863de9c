import type { Encoder } from "../../src/core/encoder.ts";
import { ChatError } from "../../src/core/errors.ts";
import type { ChatEvent } from "../../src/core/events.ts";
import type { Participant } from "../../src/core/participant.ts";
import type { Frame, Link } from "../../src/core/ports.ts";
import type { Position, RoomId } from "../../src/core/types.ts";
import type { Disk } from "./disk.ts";
import type { ModelServer } from "./model_server.ts";
import type { Scheduler } from "./scheduler.ts";
import { type HeardEntry, RoomView } from "./view.ts";

/** The longest that an outbox takes to drain, in ms, unless it is stalled. */
const DRAIN_MS_MAX = 3;

/** Two variants of a dialect: a frame for each event, and one for all. */
const VARIANTS: readonly Encoder[] = [
  {
    dialect: "each",
    encode: (events) => events.map((event) => JSON.stringify([plain(event)])),
  },
  {
    dialect: "each",
    encode: (events) => [JSON.stringify(events.map(plain))],
  },
];

/** A dialect that is told of every entry. */
const NATIVE: Encoder = {
  dialect: "native",
  wantsEveryEntry: true,
  encode: (events) => [JSON.stringify(events.map(plain))],
};

function plain(event: ChatEvent): unknown {
  if (!("seq" in event) || event.kind === "read") return { kind: event.kind };
  if (event.kind !== "message" || !event.reactions) return event;
  return { ...event, reactions: Object.fromEntries(event.reactions) };
}

/** What a visitor is made of. */
export interface VisitorPorts {
  readonly name: string;
  readonly server: ModelServer;
  readonly scheduler: Scheduler;
  readonly disk: Disk;
  readonly isNative: boolean;
  /** What its client has heard of each room, over all its sessions. */
  readonly positions: Map<string, Position>;
  readonly complain: (what: string) => void;
}

/** One session: a socket from its opening until it is gone. */
export class Visitor implements Link {
  readonly name: string;
  readonly who: Participant;
  readonly server: ModelServer;
  readonly #ports: VisitorPorts;
  readonly #views = new Map<string, RoomView>();
  /** What it asked for is done in order, as an inbox does it. */
  #last: Promise<void> = Promise.resolve();
  #underWay = 0;
  #stalled: PromiseWithResolvers<void> | undefined;
  #gone = false;
  readonly #variants = inTurn(VARIANTS);

  constructor(ports: VisitorPorts) {
    this.name = ports.name;
    this.server = ports.server;
    this.#ports = ports;
    const encoder = ports.isNative ? NATIVE : this.#variants.next().value;
    this.who = ports.server.chat.admit({ link: this, encoder });
    this.who.onEvicted = (room) => this.#evicted(room);
  }

  /** It can be answered: neither it nor its server is gone. */
  get isThere(): boolean {
    return !this.#gone && this.server.alive;
  }

  /** Something that it asked for is not done yet. */
  get isWaiting(): boolean {
    return this.isThere && this.#underWay > 0;
  }

  /** Does something once all that it asked for before is done. */
  do(act: () => Promise<unknown>): void {
    this.#underWay++;
    const run = async () => {
      if (this.isThere) await act();
      this.#underWay--;
    };
    this.#last = this.#last.then(run).catch((error) => this.#failed(error));
  }

  /** Becomes a member; hears so many stored entries first. */
  async join(
    room: string,
    { newest, isFleeting, resumes = false }: {
      newest: number;
      isFleeting: boolean;
      /** From where its client has been, if it has been there. */
      resumes?: boolean;
    },
  ): Promise<"member" | "refused" | "there"> {
    const { disk, complain, name, isNative, positions } = this.#ports;
    const after = resumes && isNative ? positions.get(room) : undefined;
    const { members } = this.server.chat;
    if (this.who.rooms.has(room as RoomId)) return "there";
    const view = new RoomView({
      of: name,
      room,
      newest,
      after,
      wantsAll: isNative,
      disk,
      complain,
    });
    this.#views.set(room, view);
    try {
      await members.join(this.who, {
        room,
        name,
        replay: newest,
        after,
        begins: (start) => view.begins(start),
        isFleeting,
        ready: () => view.seated(),
      });
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (this.#views.get(room) === view) this.#views.delete(room);
      this.#refusedWith = error.code;
      return "refused";
    }
    const isMember = this.who.rooms.has(room as RoomId);
    if (this.isThere && !view.ended && isMember !== view.isSeated) {
      complain(`${name} joined ${room}: member ${isMember}`);
    }
    return "member";
  }

  /** Why the last join was refused. */
  get refusal(): string {
    return this.#refusedWith;
  }

  #refusedWith = "";

  leave(room: string): void {
    const left = this.server.chat.members.leave(this.who, room as RoomId);
    const view = this.#views.get(room);
    this.#views.delete(room);
    if (left !== (view !== undefined)) {
      this.#ports.complain(`${this.name} left ${room}: ${left}`);
    }
  }

  /** Goes on in the other way of writing. */
  rewrite(): void {
    if (this.#ports.isNative) return;
    const encoder = this.#variants.next().value;
    this.server.chat.members.useEncoder(this.who, encoder);
  }

  /** Reads nothing for a while. */
  stall(ms: number): void {
    this.#stalled ??= Promise.withResolvers<void>();
    this.#ports.scheduler.after(ms, () => this.#drain());
  }

  /** The socket is gone; so is the server, or it is told. */
  vanish(): void {
    this.#gone = true;
    this.#drain();
    if (this.server.alive) this.server.chat.dismiss(this.who);
  }

  send({ text }: Frame): void {
    if (!this.isThere) return;
    for (const event of JSON.parse(text)) {
      if ("seq" in event) this.#hear(event);
    }
  }

  async drained(): Promise<void> {
    if (this.#stalled) return await this.#stalled.promise;
    if (this.#gone) return;
    const { scheduler } = this.#ports;
    if (scheduler.chance(50)) return;
    const ms = scheduler.below(DRAIN_MS_MAX);
    await new Promise<void>((resolve) => void scheduler.after(ms, resolve));
  }

  close(code: number, reason: string): void {
    this.#ports.complain(`${this.name} was closed: ${code} ${reason}`);
  }

  /** Nothing is under way any more: it has been told all. */
  checkEnd(): void {
    if (!this.isThere) return;
    if (this.#underWay > 0) {
      this.#ports.complain(`${this.name} waits for ${this.#underWay} answers`);
    }
    for (const view of this.#views.values()) view.checkEnd();
  }

  #hear(entry: HeardEntry): void {
    const view = this.#views.get(entry.room);
    this.#ports.positions.set(entry.room, entry);
    if (view) return view.hear(entry);
    const place = `${entry.room}/${entry.epoch}/${entry.seq}`;
    this.#ports.complain(`${this.name} heard ${place} and is no member`);
  }

  #evicted(room: RoomId): void {
    const view = this.#views.get(room);
    if (!view?.ended) {
      this.#ports.complain(`${this.name} was put out of ${room} untold`);
    }
    this.#views.delete(room);
  }

  #drain(): void {
    this.#stalled?.resolve();
    this.#stalled = undefined;
  }

  #failed(error: unknown): void {
    this.#underWay--;
    this.#ports.complain(`${this.name}: ${String(error)}`);
  }
}

/** One after the other, for ever. */
function* inTurn<T>(values: readonly T[]): Generator<T, never> {
  for (;;) yield* values;
}
