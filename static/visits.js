/**
 * The rooms that the reader has open, by their place.
 *
 * @module
 */
import { addressOf } from "./address.js";
import { Visit } from "./visit.js";

/** Direct messages that are followed without having been looked at. */
const FOLLOWED_DIRECTS_MAX = 40;

export class Visits {
  #chat;
  #host;
  #visits = new Map();

  /**
   * @param {import("./client.js").ParleyClient} chat
   * @param {{ me(): string | undefined, isWatched(visit: Visit): boolean,
   *   onChanged(visit: Visit): void, onRefusals(): void,
   *   onMessage(visit: Visit, event: object): void }} host
   */
  constructor(chat, host) {
    this.#chat = chat;
    this.#host = host;
  }

  /** The visit to a place, if it is open. */
  at(place) {
    return this.#visits.get(addressOf(place));
  }

  /**
   * Opens a place, or finds it open.
   *
   * @param {import("./address.js").Place} place
   */
  open(place) {
    const known = this.at(place);
    if (known) return known;
    const room = place.direct === undefined
      ? this.#chat.room(place.room)
      : this.#chat.direct(place.direct);
    const visit = new Visit(place, room, this.#host);
    this.#visits.set(addressOf(place), visit);
    visit.enter();
    return visit;
  }

  /** Opens direct messages that nobody has looked at, for their count. */
  follow(userId) {
    const place = { direct: userId };
    const directs = [...this.#visits.values()].filter(({ isDirect }) =>
      isDirect
    );
    if (directs.length < FOLLOWED_DIRECTS_MAX) this.open(place);
  }

  /**
   * What an earlier page wrote may be refused in a room that is not open here:
   * then it is opened, so that this is told.
   */
  onRefused({ room, ...refusal }) {
    // It was another reader's: nothing of it is told to this one.
    if (refusal.error.code === "user_changed") return;
    const visits = [...this.#visits.values()];
    if (visits.some((visit) => visit.room === room)) return;
    const { directWith, address } = room;
    this.open(directWith ? { direct: directWith } : address).refused(refusal);
  }

  /** All that was refused, with the visit where it was. */
  get refusals() {
    return [...this.#visits.values()].flatMap((visit) =>
      visit.refusals.map((refusal) => ({ visit, refusal }))
    );
  }

  leave(visit) {
    visit.room.leave();
    visit.end();
    this.#visits.delete(addressOf(visit.place));
  }

  /** Rooms are entered anew by the client; what was about the former user goes. */
  onUserChanged() {
    for (const visit of this.#visits.values()) visit.forget();
  }
}
