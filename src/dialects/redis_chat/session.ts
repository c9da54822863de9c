/**
 * redis-chat: accounts, a public and private channels.
 *
 * Source: redis-developer/basic-redis-chat-demo-go, the API document
 * (seeds/redis-chat.txt) and the frames recorded from its server and its own
 * web client (transcripts redis-chat*.jsonl). The frames are in wire.ts and
 * encode.ts; `GET /links` is in http/rest_redis_chat.ts.
 *
 * | Point | Document | Original | Here |
 * | --- | --- | --- | --- |
 * | sign-in block | signId | signIn | accept both |
 * | error text | error.message | error.error, plus payload | both texts (`original`: its own); never the payload |
 * | signOut request | no block | block required | block optional |
 * | signOut reply | unauthorized {userUUID} | signOut {uuid} | by profile |
 * | users[].Password | shown | not sent | `document`: always ""; `original`: absent |
 * | key case in messages and users | senderUUID, message, … | SenderUUID, Message, … | `document`: both sets; `original`: its own |
 * | public channel | "0" / 0 | "" | accept all; answered in the form used to join; default by profile |
 * | message order in channelJoin | - | oldest first, 10 | oldest first, 10 |
 * | channelMessages, channelLeave | defined | missing or always failing | as documented |
 * | echo to the sender | - | yes | exactly one copy per session, sender included |
 * | identity | access key in each request | never checked | the connection's own sign-in; else a valid userUUID and access key; else error 100 |
 * | signUp of an existing name | - | hands the account over | error 5 |
 * | frames sent without waiting | - | with an empty or stale userUUID | in order; overridden by the connection's sign-in |
 * | unsolicited users | never | never | never |
 * | password length | - | any | 0 to 128 characters |
 * | password storage | - | plain text | scrypt, salted; constant-time compare |
 *
 * @module
 */
import type { Account, SignedIn } from "../../core/accounts.ts";
import type { Chat } from "../../core/chat.ts";
import { frame } from "../../core/encoder.ts";
import { ChatError, type ErrorCode } from "../../core/errors.ts";
import { InFlight } from "../../core/in_flight.ts";
import type { Participant } from "../../core/participant.ts";
import type { Link } from "../../core/ports.ts";
import type { Place } from "../../core/requests.ts";
import type { Json, MessageEntry, RoomId } from "../../core/types.ts";
import type { Dialect, OpenRequest, Session } from "../dialect.ts";
import {
  asUser,
  errorFrame,
  isPublic,
  messageBlock,
  NAME,
  PUBLIC_FORMS,
  userBlock,
  type Variant,
  variantOf,
} from "./encode.ts";
import { type ClientFrame, CODES, decode, type Refused } from "./wire.ts";

/** Messages in the answer to channelJoin. */
const JOIN_MESSAGES = 10;

type FrameOf<T extends ClientFrame["type"]> = Extract<ClientFrame, { type: T }>;
type Recipient = Json | undefined;

class RedisChatSession implements Session {
  readonly #chat: Chat;
  readonly #link: Link;
  readonly #request: OpenRequest;
  readonly #who: Participant;
  readonly #sends: InFlight;
  #variant: Variant;

  constructor(link: Link, chat: Chat, request: OpenRequest) {
    const { profile } = request;
    const publicForm = profile === "original" ? "" : "0";
    const { encoder, ...variant } = variantOf({ profile, publicForm });
    this.#chat = chat;
    this.#link = link;
    this.#request = request;
    this.#variant = variant;
    this.#who = chat.admit({ link, encoder });
    this.#sends = new InFlight(chat.limits.SENDS_IN_FLIGHT_MAX);
  }

  start(): void {
    this.#say({ type: "ready", ready: { sessionUUID: this.#who.session } });
  }

  async receive(text: string): Promise<void> {
    const read = decode(text, this.#chat.limits);
    if (!read.ok) return this.#refuse(read.refused);
    try {
      await this.#handle(read.frame);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.refuse(error);
    }
  }

  refuse(error: ChatError): void {
    this.#refuse({ code: codeOf(error.code), text: error.message });
  }

  end(): void {
    // Behind its last words.
    this.#sends.whenSettled(() => this.#chat.dismiss(this.#who));
  }

  async #handle(frame: ClientFrame): Promise<void> {
    if (frame.type === "channelMessage") return await this.#message(frame);
    await this.#sends.settled();
    switch (frame.type) {
      case "signIn":
        return await this.#signIn(frame);
      case "signUp":
        return await this.#signUp(frame);
      case "signOut":
        return await this.#signOut(frame);
      case "users":
        return await this.#users(frame);
      case "channelJoin":
        return await this.#join(frame);
      case "channelMessages":
        return await this.#messages(frame);
      case "channelLeave":
        return await this.#leave(frame);
    }
  }

  async #signIn({ block }: FrameOf<"signIn">): Promise<void> {
    const { address } = this.#request;
    const { username: name, password } = block;
    const signedIn = await this.#chat.accounts.signIn({
      name,
      password,
      address,
    });
    this.#authorize(signedIn);
    const { id, name: username } = signedIn.account;
    const sys = { type: "signIn", signIn: { uuid: id, username } };
    this.#say({ type: "sys", sys });
  }

  async #signUp({ block }: FrameOf<"signUp">): Promise<void> {
    const { address } = this.#request;
    const { username: name, password } = block;
    const { accounts } = this.#chat;
    this.#authorize(await accounts.signUp({ name, password, address }));
  }

  #authorize({ account, accessKey }: SignedIn): void {
    this.#chat.identify(this.#who, account);
    const authorized = { userUUID: account.id, accessKey };
    this.#say({ type: "authorized", authorized });
  }

  async #signOut({ claim, block }: FrameOf<"signOut">): Promise<void> {
    const account = await this.#account(claim);
    if (!account) {
      const text = "Cannot sign out: not signed in";
      return this.#refuse({ code: CODES.unknownSignOut, text });
    }
    this.#chat.identify(this.#who, undefined);
    this.#say(
      this.#variant.profile === "original"
        ? { type: "signOut", signOut: { uuid: block.uuid ?? account.id } }
        : { type: "unauthorized", unauthorized: { userUUID: account.id } },
    );
  }

  async #users({ claim }: FrameOf<"users">): Promise<void> {
    const { settings } = this.#request;
    if (settings.redisUsers === "members") await this.#required(claim);
    const accounts = await this.#chat.accounts.list();
    const listed = accounts.slice(0, this.#chat.limits.USERS_LISTED_MAX);
    const users = listed.map((account) => this.#user(account));
    const total = accounts.length;
    const block = { total, received: users.length, users };
    this.#say({ type: "users", users: block });
  }

  async #join({ claim, block }: FrameOf<"channelJoin">): Promise<void> {
    const { recipientUUID: recipient } = block;
    const account = await this.#required(claim);
    if (isPublic(recipient)) this.#useForm(recipient);
    const place = this.#place(recipient);
    const room = this.#chat.roomId(this.#who, place);
    const again = this.#chat.memberOf(this.#who, room) !== undefined;
    const others = await this.#others(recipient);
    const messages: MessageEntry[] = [];
    const answer = () =>
      this.#answerJoin({ account, room, messages, others, recipient });
    if (again) {
      const page = { skip: 0, limit: JOIN_MESSAGES };
      messages.push(...(await this.#chat.history(room, page)).messages);
      messages.reverse();
      return answer();
    }
    await this.#chat.join(this.#who, {
      room: place,
      name: account.name,
      replay: JOIN_MESSAGES,
      take: (events) => {
        for (const one of events) {
          if (one.kind === "message") messages.push(one);
        }
      },
      ready: answer,
    });
  }

  /** The other user of a private channel, whether or not it is in it now. */
  async #others(recipient: Recipient): Promise<Account[]> {
    if (isPublic(recipient)) return [];
    const other = await this.#chat.accounts.find(String(recipient));
    return other ? [other] : [];
  }

  #answerJoin(
    { account, room, messages, others, recipient }: {
      account: Account;
      room: RoomId;
      messages: readonly MessageEntry[];
      others: readonly Account[];
      recipient: Recipient;
    },
  ): void {
    const members = this.#chat.membersOf(room).map(({ author }) =>
      asUser(author)
    );
    const known = [...members, asUser({ ...account, verified: true })];
    const all = isPublic(recipient) ? known : [account, ...others];
    const byId = new Map(all.map((user) => [user.id, user]));
    const isMember = new Set(members.map(({ id }) => id));
    const users = Array.from(
      byId.values(),
      (user) => this.#user(user, isMember.has(user.id)),
    );
    const newest = messages.slice(-JOIN_MESSAGES).map((message) =>
      messageBlock(message, room, this.#variant)
    );
    const isOriginal = this.#variant.profile === "original";
    // The original leaves out what is empty.
    const shown = isOriginal && newest.length === 0 ? {} : { messages: newest };
    const name = isPublic(recipient)
      ? this.#variant.publicForm
      : recipient ?? "";
    const named = name === "" ? {} : { recipientUUID: name };
    const block = { ...named, ...shown, users };
    this.#say({ type: "channelJoin", channelJoin: block });
  }

  async #message({ claim, block }: FrameOf<"channelMessage">): Promise<void> {
    const { recipientUUID: recipient, message } = block;
    const account = await this.#required(claim);
    await this.#sends.room();
    const [other] = await this.#others(recipient);
    const place = this.#place(recipient);
    const { committed } = await this.#chat.send(this.#who, {
      room: place,
      name: account.name,
      text: message,
      ...other && { extra: { recipient: other.name } },
    });
    const room = this.#chat.roomId(this.#who, place);
    const told = committed.then(({ entry }) => this.#echo(entry, room));
    this.#sends.track(told, (error) => this.#failed(error));
  }

  /** One copy for the sender, also where it is not in the channel. */
  #echo(entry: { readonly kind: string }, room: RoomId): void {
    if (this.#chat.memberOf(this.#who, room)) return;
    const channelMessage = messageBlock(
      entry as MessageEntry,
      room,
      this.#variant,
    );
    this.#say({ type: "channelMessage", channelMessage });
  }

  async #messages({ claim, block }: FrameOf<"channelMessages">): Promise<void> {
    await this.#required(claim);
    const { recipientUUID, offset, limit } = block;
    const room = this.#chat.roomId(this.#who, this.#place(recipientUUID));
    const page = { skip: offset, limit };
    const { total, messages } = await this.#chat.history(room, page);
    const channelMessages = {
      messagesTotal: total,
      messagesReceived: messages.length,
      messages: messages.map((one) => messageBlock(one, room, this.#variant)),
    };
    this.#say({ type: "channelRead", channelMessages });
  }

  async #leave({ claim, block }: FrameOf<"channelLeave">): Promise<void> {
    await this.#required(claim);
    const { recipientUUID } = block;
    if (isPublic(recipientUUID)) {
      const text = "Cannot leave the public channel";
      return this.#refuse({ code: CODES.general, text });
    }
    const room = this.#chat.roomId(this.#who, this.#place(recipientUUID));
    if (!this.#chat.leave(this.#who, room)) {
      return this.#refuse({ code: CODES.general, text: "channel not found" });
    }
    const channelLeave = { recipientUUID: recipientUUID ?? "" };
    this.#say({ type: "channelLeave", channelLeave });
  }

  #place(recipient: Recipient): Place {
    return isPublic(recipient)
      ? this.#chat.lobby
      : { direct: String(recipient) };
  }

  /** From now on the public channel is called as this connection calls it. */
  #useForm(recipient: Recipient): void {
    const { profile } = this.#variant;
    const publicForm = PUBLIC_FORMS.find((form) => form === recipient);
    if (publicForm === undefined) return;
    const { encoder, ...variant } = variantOf({ profile, publicForm });
    this.#variant = variant;
    this.#chat.useEncoder(this.#who, encoder);
  }

  async #required(claim: ClientFrame["claim"]): Promise<Account> {
    const account = await this.#account(claim);
    if (account) return account;
    throw new ChatError("sign_in_first", "Cannot use channel: sign in first");
  }

  /** Whom this connection speaks for: its own sign-in goes before what it claims. */
  async #account(
    { userUUID, accessKey }: ClientFrame["claim"],
  ): Promise<Account | undefined> {
    const { identity } = this.#who;
    const { accounts } = this.#chat;
    if (identity) return await accounts.find(identity.id);
    if (userUUID === "" || accessKey === "") return undefined;
    const account = await accounts.authenticate(userUUID, accessKey);
    if (account) this.#chat.identify(this.#who, account);
    return account;
  }

  #user(user: { id: string; name: string }, isHere = false) {
    const online = isHere || this.#chat.online.has(user.id);
    return userBlock(user, { online, variant: this.#variant });
  }

  #failed(error: unknown): void {
    if (error instanceof ChatError) return this.refuse(error);
    this.#refuse({ code: CODES.general, text: "internal error" });
  }

  #refuse(refused: Refused): void {
    this.#link.send(frame(errorFrame(refused, this.#variant.profile)));
  }

  #say(json: Json): void {
    this.#link.send(frame(JSON.stringify(json)));
  }
}

function codeOf(code: ErrorCode): number {
  switch (code) {
    case "wrong_password":
      return CODES.wrongPassword;
    case "name_taken":
      return CODES.nameTaken;
    case "sign_in_first":
      return CODES.notSignedIn;
    case "busy":
    case "storage_full":
    case "storage_failed":
      return CODES.storage;
    default:
      return CODES.general;
  }
}

/** redis-developer/basic-redis-chat-demo-go. */
export const redisChat: Dialect = {
  name: NAME,
  open: (link, chat, request) => new RedisChatSession(link, chat, request),
};
