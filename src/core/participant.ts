import type { Encoder } from "./encoder.ts";
import { DISCONNECTS } from "./errors.ts";
import type { LiveRoom } from "./live_room.ts";
import type { Directory, Link } from "./ports.ts";
import type { Resumption } from "./resumption.ts";
import type { Author, RoomId, SessionId } from "./types.ts";

/** What a dialect says about the session that it opens. */
export interface Subscriber {
  readonly encoder: Encoder;
  readonly link: Link;
  /** Where it is to go on, if it can. */
  readonly resume?: Resumption | undefined;
}

/** A user that a session proved to speak for: an author of its own name. */
export type Identity = Author;

/** What the chat knows of one session: its identity and where it is a member. */
export class Participant {
  readonly session: SessionId;
  readonly link: Link;
  readonly resume: Resumption | undefined;
  /** How it is written to; rooms know it by this: see `Chat.useEncoder`. */
  encoder: Encoder;
  /** The rooms that it is in. */
  readonly rooms = new Map<RoomId, LiveRoom>();
  /** Called when a room that it was in was closed under it. */
  onEvicted: (room: RoomId) => void = () => {};
  /**
   * Called when another session, here or elsewhere, has revoked the access key
   * that it lives by. A dialect that can say so may do better than end it.
   */
  onSignedOut: () => void = () => {
    const { code, reason } = DISCONNECTS.signedOut;
    this.link.close(code, reason);
  };
  /** Set by `Chat.identify`. */
  identity: Identity | undefined;
  /** It hears all public rooms that were made in its dialect. */
  overhears = false;
  /** The socket is gone; whatever still runs for it must have no effect. */
  ended = false;
  #number: number | undefined;
  /** The last one: most say all under one name. */
  #author: Author | undefined;

  constructor(session: SessionId, subscriber: Subscriber) {
    this.session = session;
    this.encoder = subscriber.encoder;
    this.link = subscriber.link;
    this.resume = subscriber.resume;
  }

  /** The dialect that it speaks. */
  get via(): string {
    return this.encoder.dialect;
  }

  /** Its user's number, or its own for as long as it lives. */
  async number(directory: Directory): Promise<number> {
    if (this.identity) return this.identity.number;
    return this.#number ??= await directory.takeUserNumber();
  }

  /** It as an author, at once, if that needs nothing from the directory. */
  authorNow(name: string): Author | undefined {
    if (this.identity) return this.identity;
    const known = this.#author;
    if (known?.id !== this.session) return undefined;
    return known.name === name ? known : undefined;
  }

  /** It as an author: by its account's name, or by one that anybody may type. */
  async author(name: string, directory: Directory): Promise<Author> {
    if (this.identity) return this.identity;
    const number = await this.number(directory);
    this.#author = { id: this.session, number, name, verified: false };
    return this.#author;
  }
}
