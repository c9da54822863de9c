import type { Encoder } from "./encoder.ts";
import type { LiveRoom } from "./live_room.ts";
import type { Directory, Link } from "./ports.ts";
import type { Author, RoomId, SessionId } from "./types.ts";

/** What a dialect says about the session that it opens. */
export interface Subscriber {
  readonly encoder: Encoder;
  readonly link: Link;
}

/** What the chat knows of one session: its identity and where it is a member. */
export class Participant {
  readonly session: SessionId;
  readonly encoder: Encoder;
  readonly link: Link;
  /** The rooms that it is in, or is joining. */
  readonly rooms = new Map<RoomId, LiveRoom>();
  /** The socket is gone; whatever still runs for it must have no effect. */
  ended = false;
  #number: number | undefined;

  constructor(session: SessionId, subscriber: Subscriber) {
    this.session = session;
    this.encoder = subscriber.encoder;
    this.link = subscriber.link;
  }

  /** The dialect that it speaks. */
  get via(): string {
    return this.encoder.dialect;
  }

  /** This session as an author of that name; anybody may have typed it. */
  async author(name: string, directory: Directory): Promise<Author> {
    this.#number ??= await directory.takeUserNumber();
    return { id: this.session, number: this.#number, name, verified: false };
  }
}
