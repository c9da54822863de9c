import { ChatError } from "../../src/core/errors.ts";
import type { Appended } from "../../src/core/ports.ts";
import type { MessageEntry } from "../../src/core/types.ts";
import type { Step } from "./plan.ts";
import type { Visitor } from "./visitor.ts";
import type { World } from "./world.ts";

/** Padding of every fifth message, so that pages go out in pieces. */
const LONG = "x".repeat(4_000);
const LONG_EVERY = 5;

type Keyed = Extract<Step, { kind: "sendKeyed" }>;

/** What is done to a message, counted from the newest one. */
type Revising =
  & { readonly room: string; readonly nth: number }
  & (
    | { readonly kind: "edit" | "delete"; readonly keyed: boolean }
    | {
      readonly kind: "react";
      readonly reaction: string;
      readonly removed: boolean;
    }
  );

/** Something that a visitor does to a room's log. */
interface Deed {
  readonly room: string;
  readonly isMessage: boolean;
  readonly text?: string | undefined;
  readonly key?: string | undefined;
  readonly act: () => Promise<{ readonly committed: Promise<Appended> }>;
}

/** What visitors say, and what they were answered. */
export class Speech {
  readonly #world: World;
  /** When the last deed of each will have been answered. */
  readonly #committed = new WeakMap<Visitor, Promise<void>>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Says something that was never said before. */
  say(visitor: Visitor, room: string, isLong = false): void {
    const count = this.#world.count();
    const padding = isLong || count % LONG_EVERY === 0 ? LONG : "";
    const text = `m${count} ${padding}`;
    this.#send(visitor, { room, text });
  }

  /** Says what may be under way already, or something else under its key. */
  sayKeyed(visitor: Visitor, { room, key, body }: Keyed): void {
    const text = `${authorOf(visitor)} ${room} k${key}, body ${body}`;
    this.#send(visitor, { room, text, key: `k${key}` });
  }

  /** Says something so many times, each as soon as the last is answered. */
  talk(visitor: Visitor, room: string, count: number): void {
    for (let i = 0; i < count; i++) {
      this.say(visitor, room);
      visitor.do(() => this.#committed.get(visitor) ?? Promise.resolve());
    }
  }

  /** Says something, says it otherwise, and takes it back. */
  rethink(visitor: Visitor, room: string): void {
    this.say(visitor, room);
    for (const kind of ["edit", "edit", "delete"] as const) {
      visitor.do(() => this.#committed.get(visitor) ?? Promise.resolve());
      this.revise(visitor, { room, nth: 0, kind, keyed: false });
    }
  }

  /** Changes a message of one's own, or reacts to anybody's. */
  revise(visitor: Visitor, step: Revising): void {
    const { room, nth } = step;
    visitor.do(async () => {
      const author = authorOf(visitor);
      const target = this.#message(step, author);
      if (!target) return;
      const { seq } = target;
      const key = "keyed" in step && step.keyed ? `r${nth}` : undefined;
      const { revisions } = visitor.server.chat;
      const { who } = visitor;
      const deed = { room, key, isMessage: false };
      const place = { room, seq, key };
      switch (step.kind) {
        case "edit": {
          const name = key ?? `e${this.#world.count()}`;
          const text = `${author} ${room} ${name}, edit of ${seq}`;
          const act = () => revisions.edit(who, { ...place, text });
          return await this.#attempt(visitor, { ...deed, text, act });
        }
        case "delete": {
          const act = () => revisions.delete(who, place);
          return await this.#attempt(visitor, { ...deed, act });
        }
        case "react": {
          const { reaction, removed } = step;
          const wish = { ...place, reaction, removed };
          const act = () => revisions.react(who, wish);
          return await this.#attempt(visitor, { ...deed, act });
        }
      }
    });
  }

  #send(
    visitor: Visitor,
    { room, text, key }: { room: string; text: string; key?: string },
  ): void {
    const { name, server, who } = visitor;
    const request = { room, name, text, ...key !== undefined && { key } };
    const act = () => server.chat.send(who, request);
    const deed = { room, text, key, isMessage: true, act };
    visitor.do(() => this.#attempt(visitor, deed));
  }

  /** Resolves as soon as it has its place, as it does for a dialect. */
  async #attempt(
    visitor: Visitor,
    { room, text, key, isMessage, act }: Deed,
  ): Promise<void> {
    const { sends, states } = this.#world;
    const { name: by, server } = visitor;
    const author = authorOf(visitor);
    const one = sends.begin({
      by,
      room,
      text,
      isMessage,
      due: () => server.alive,
      ...key !== undefined && { key: JSON.stringify([author, room, key]) },
    });
    const look = states.look(room);
    const told = (was: "open" | "closed") => {
      if (this.#world.isCurrent(server)) states.told(look, was);
    };
    const refused = (error: unknown) => {
      if (!server.alive) return;
      if (!(error instanceof ChatError)) throw error;
      const what = text?.trim().slice(0, 60) ?? "a change";
      this.#world.note(`"${what}" refused: ${error.code}`);
      sends.refused(one, error.code);
      if (error.code === "room_closed") told("closed");
    };
    const acked = (appended: Appended) => {
      if (!server.alive) return;
      sends.acked(one, appended);
      if (!appended.duplicate) told("open");
    };
    const complain = (error: unknown) => this.#world.complain(String(error));
    try {
      const { committed } = await act();
      const answered = committed.then(acked).catch(refused).catch(complain);
      this.#committed.set(visitor, answered);
    } catch (error) {
      refused(error);
    }
  }

  #message(
    { room, nth, kind }: Revising,
    author: string,
  ): MessageEntry | undefined {
    const { disk } = this.#world;
    const messages = disk.log(room, disk.end(room).epoch)
      .filter((entry) => entry.kind === "message")
      .filter((entry) => kind === "react" || entry.author.id === author);
    return messages.at(-1 - nth);
  }
}

function authorOf({ who }: Visitor): string {
  return who.identity?.id ?? who.session;
}
