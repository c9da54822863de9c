import type { ModelServer } from "./model_server.ts";

/** What is known of a room for certain; a change under way makes it unsure. */
export type Certainty = "open" | "closed" | "unsure";

interface Known {
  certainty: Certainty;
  /** Changes that were begun. */
  begun: number;
  readonly underWay: Set<Change>;
}

/** A look at a room, to be compared with what came of a request. */
export interface Look {
  readonly room: string;
  readonly certainty: Certainty;
  readonly begun: number;
}

/** A room's being closed or opened, by a server. */
export interface Change extends Look {
  readonly by: ModelServer;
}

/**
 * Whether rooms are open, as far as those know who close and open them: a
 * closed one stays closed until it is opened again, and then it is open.
 *
 * Only where one server is alone: others hear of it later.
 */
export class RoomStates {
  readonly #complain: (what: string) => void;
  readonly #rooms = new Map<string, Known>();

  constructor(complain: (what: string) => void) {
    this.#complain = complain;
  }

  /** Somebody begins to close or open a room. */
  begin(room: string, by: ModelServer): Change {
    const known = this.#known(room);
    known.certainty = "unsure";
    known.begun++;
    const change = { ...this.look(room), by };
    known.underWay.add(change);
    return change;
  }

  /** That has ended; what it leaves holds if nothing else was begun. */
  end(change: Change, certainty: Certainty): void {
    const { room, begun } = change;
    const known = this.#known(room);
    known.underWay.delete(change);
    if (known.begun === begun && known.underWay.size === 0) {
      known.certainty = certainty;
    }
  }

  /** A server is gone: what it had under way may have happened or not. */
  forget(by: ModelServer): void {
    for (const known of this.#rooms.values()) {
      for (const change of known.underWay) {
        if (change.by === by) known.underWay.delete(change);
        known.certainty = "unsure";
      }
      // Whoever ends now has begun before.
      known.begun++;
    }
  }

  /** How it stands now. */
  look(room: string): Look {
    const { certainty, begun } = this.#known(room);
    return { room, certainty, begun };
  }

  /** A request that began at that look was told that the room is so. */
  told({ room, certainty, begun }: Look, was: "open" | "closed"): void {
    if (this.#known(room).begun !== begun || certainty === "unsure") return;
    if (was !== certainty) {
      this.#complain(`"${room}" is ${certainty}, somebody found it ${was}`);
    }
  }

  #known(room: string): Known {
    const known = this.#rooms.get(room);
    if (known) return known;
    const added: Known = { certainty: "open", begun: 0, underWay: new Set() };
    this.#rooms.set(room, added);
    return added;
  }
}
