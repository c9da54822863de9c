/**
 * wschat: numbered rooms and users, texts and gifs.
 *
 * Source: wagnerpatriota/wschat, README (seeds/wschat.txt) and the frames
 * recorded from its server (transcripts wschat*.jsonl).
 *
 * | Point | Document | Original | Here |
 * | --- | --- | --- | --- |
 * | scheme | SSL settings | wss only | ws and wss |
 * | HTTP | - | 200 and an empty line on any path | what parley answers there |
 * | leave_room audience | all participants | leaver included | leaver included |
 * | empty room | - | deleted on leave_room, not on disconnect | only if made by create_room, without members in any dialect and without messages |
 * | enter a second room | - | stays in both, odd routing | leaves the old, then enters |
 * | enter unknown room, leave outside a room | - | crash | ignored |
 * | bad JSON | - | crash | ignored |
 * | list_rooms push | after create_room | same | also when another dialect makes or closes a room; at most ten a second |
 * | ids | numbers | numbers, either accepted | numbers out, both in |
 * | history | none | none | none, or the newest by a setting, after enter_room |
 * | gif elsewhere | - | - | other dialects see the text `[gif 3]` |
 * | HTML | - | raw | raw; `escape=html` and a setting escape texts, names and titles |
 * | value of another type | as shown | relayed as sent | `original`: relayed as sent; `document`: ignored |
 * | name of another type | a string | relayed as sent | `original`: as sent in change_name, as text elsewhere; `document`: ignored |
 * | title of another type | a string | relayed as sent | `original`: as text, absent or empty as `Room`; `document`: ignored |
 * | the empty name | - | relayed as sent | `User 3`, as is who has none in another dialect |
 * | closed room | - | - | leave_room to its members, list_rooms to all |
 *
 * @module
 */
import type { Chat } from "../core/chat.ts";
import { frame } from "../core/encoder.ts";
import { ChatError } from "../core/errors.ts";
import { InFlight } from "../core/in_flight.ts";
import type { Participant } from "../core/participant.ts";
import type { Frame, Link } from "../core/ports.ts";
import type { Author, Json, RoomId, RoomRecord } from "../core/types.ts";
import type { Dialect, OpenRequest, Session } from "./dialect.ts";
import { checkExtra, textOf } from "./json.ts";
import {
  type ClientFrame,
  decode,
  memberFrame,
  messageExtra,
  NAME,
  nameOr,
  renameExtra,
  type Variant,
  variantOf,
  welcomeFrame,
} from "./wschat_codec.ts";

/** What a room without a title is called, with its number behind it. */
const UNTITLED = "Room";

/** A link that can swallow one frame. */
class Curtain implements Link {
  readonly #link: Link;
  #isDown = false;

  constructor(link: Link) {
    this.#link = link;
  }

  /** The next frame is not sent. */
  swallowNext(): void {
    this.#isDown = true;
  }

  send(frame: Frame): void {
    if (this.#isDown) this.#isDown = false;
    else this.#link.send(frame);
  }

  drained(): Promise<void> {
    return this.#link.drained();
  }

  get isGone(): boolean {
    return this.#link.isGone === true;
  }

  close(code: number, reason: string): void {
    this.#link.close(code, reason);
  }
}

class WschatSession implements Session {
  readonly #chat: Chat;
  readonly #link: Curtain;
  readonly #variant: Variant;
  readonly #who: Participant;
  readonly #sends: InFlight;
  readonly #historyMax: number;
  #name = "";
  /** The name as it was given. */
  #given: Json | undefined = "";
  #room: RoomId | undefined;

  constructor(link: Link, chat: Chat, request: OpenRequest) {
    const variant = variantOf(request);
    const { encoder } = variant;
    const { resume } = request;
    this.#chat = chat;
    this.#link = new Curtain(link);
    this.#variant = variant;
    this.#who = chat.admit({ link: this.#link, encoder, resume });
    this.#who.onEvicted = (room) => this.#evicted(room);
    this.#sends = new InFlight(chat.limits.SENDS_IN_FLIGHT_MAX);
    this.#historyMax = request.settings.wschatHistoryMax;
  }

  async start(): Promise<void> {
    const [kept] = this.#who.resume?.waiting(undefined) ?? [];
    this.#name = kept?.name ?? "";
    const author = await this.#author();
    this.#name = nameOr(this.#name, author.number);
    this.#given = this.#name;
    this.#say(welcomeFrame(author, this.#variant));
    // The socket may have gone meanwhile; nobody would take it off the list.
    if (!this.#who.ended) this.#chat.list.follow(this.#who);
    await this.#chat.resumes.restore(this.#who, {
      ready: ({ room }) => this.#room = room,
    });
  }

  async receive(text: string): Promise<void> {
    const { profile } = this.#variant;
    const decoded = decode(text, profile, this.#chat.limits);
    if (!decoded.ok) return this.#chat.refused("bad_frame");
    try {
      await this.#handle(decoded.value);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.refuse(error);
    }
  }

  /** No error message exists in this protocol. */
  refuse(error: ChatError): void {
    this.#chat.refused(error.code);
  }

  end(): void {
    // Behind its last words.
    this.#sends.whenSettled(() => this.#chat.dismiss(this.#who));
  }

  async #handle({ type, fields }: ClientFrame): Promise<void> {
    switch (type) {
      case "text":
        return await this.#send("text", fields.text);
      case "gif":
        return await this.#send("gif", fields.gifId);
      case "list_rooms":
        await this.#sends.settled();
        return await this.#chat.list.tell(this.#who);
      case "enter_room":
        await this.#sends.settled();
        return await this.#enter(Number(fields.roomId));
      case "leave_room":
        await this.#sends.settled();
        return await this.#leave();
      case "create_room":
        return await this.#create(fields.title);
      case "change_name":
        await this.#sends.settled();
        return await this.#rename(fields.name);
    }
  }

  async #enter(number: number): Promise<void> {
    const record = await this.#chat.roomByNumber(number);
    // A room that was removed and made anew has another number.
    if (record?.number !== number || record.closedAt !== undefined) return;
    if (record.kind !== "public") return;
    if (record.id === this.#room && this.#who.resume?.claim(record.id)) {
      // The others know: they were told when it came back.
      const author = await this.#author();
      return this.#say(memberFrame("enter_room", author, this.#variant));
    }
    if (record.id === this.#room) {
      return this.#chat.members.announce(this.#who, record.id);
    }
    await this.#leave();
    if (this.#historyMax > 0) await this.#joinWithHistory(record);
    else await this.#join(record);
  }

  async #join(
    { id }: RoomRecord,
    { replay, ready }: { replay: number; ready?: () => void } = { replay: 0 },
  ): Promise<void> {
    await this.#chat.members.join(this.#who, {
      room: id,
      name: this.#name,
      replay,
      ready: () => {
        this.#room = id;
        ready?.();
      },
    });
  }

  /** The joiner hears that it joined before it hears what was said there. */
  async #joinWithHistory(record: RoomRecord): Promise<void> {
    const author = await this.#author();
    this.#say(memberFrame("enter_room", author, this.#variant));
    try {
      await this.#join(record, {
        replay: this.#historyMax,
        ready: () => this.#link.swallowNext(),
      });
    } catch (error) {
      this.#say(memberFrame("leave_room", author, this.#variant));
      throw error;
    }
  }

  /** The leaver hears of it too; a room of this dialect's making may go with it. */
  async #leave(): Promise<void> {
    const room = this.#room;
    if (room === undefined) return;
    this.#room = undefined;
    const member = this.#chat.members.get(this.#who, room);
    if (!member || !this.#chat.members.leave(this.#who, room)) return;
    this.#say(memberFrame("leave_room", member.author, this.#variant));
    await this.#chat.rooms.removeIfUnused(room, NAME);
  }

  async #send(type: "text" | "gif", given: Json | undefined): Promise<void> {
    const room = this.#room;
    if (room === undefined) return;
    await this.#sends.room();
    const said = textOf(given);
    const extra = messageExtra(type, given);
    const { committed } = await this.#chat.send(this.#who, {
      room,
      name: this.#name,
      text: type === "gif" ? `[gif ${said}]` : said,
      ...extra && { extra: checkExtra(extra, this.#chat.limits) },
    });
    // Refused by the store: no echo comes, which is all this protocol can say.
    this.#sends.track(committed, (error) => {
      if (error instanceof ChatError) this.refuse(error);
    });
  }

  async #create(title: Json | undefined): Promise<void> {
    const maker = { via: NAME, name: this.#name };
    await this.#chat.rooms.create(textOf(title) || UNTITLED, maker);
  }

  async #rename(given: Json | undefined): Promise<void> {
    const name = textOf(given);
    if (this.#room === undefined) await this.#chat.author(this.#who, name);
    else {
      const extra = renameExtra(this.#given, given);
      const wish = { name, ...extra && { extra } };
      await this.#chat.members.rename(this.#who, this.#room, wish);
    }
    this.#name = name;
    this.#given = given;
  }

  #evicted(room: RoomId): void {
    if (room !== this.#room) return;
    this.#room = undefined;
    this.#author().then(
      (author) => this.#say(memberFrame("leave_room", author, this.#variant)),
      () => {},
    );
  }

  #author(): Promise<Author> {
    return this.#chat.author(this.#who, this.#name);
  }

  #say(text: string): void {
    this.#link.send(frame(text));
  }
}

/** wagnerpatriota/wschat. */
export const wschat: Dialect = {
  name: NAME,
  open: (link, chat, request) => new WschatSession(link, chat, request),
};
