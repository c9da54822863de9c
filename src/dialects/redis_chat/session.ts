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
 * | access key | shown | "" after signUp; never checked | by profile; ends after 30 days and with a signOut that names it or was signed in with it; who else lives by it is told as who signed out is |
 * | block missing | - | crash | error 0 |
 * | sys/signIn | - | told to others if the request has a userUUID | to the signer alone |
 * | OnLine | shown | for 60 s, or until signOut | while any session of the user lives |
 * | users of a channel | shown | whoever joined once, in any order | who is in it, as they came; of a private channel the joiner, then the other |
 * | channelJoin by a member | - | answered and told to all again | same |
 * | another identity | - | stays in its channels | leaves them, which the others are told |
 *
 * @module
 */
import {
  type Account,
  identityOf,
  type SignedIn,
} from "../../core/accounts.ts";
import type { Chat } from "../../core/chat.ts";
import { frame } from "../../core/encoder.ts";
import { ChatError } from "../../core/errors.ts";
import { InFlight } from "../../core/in_flight.ts";
import type { Identity, Participant } from "../../core/participant.ts";
import type { Link } from "../../core/ports.ts";
import type { Place } from "../../core/requests.ts";
import type { Entry, Json, MessageEntry, RoomId } from "../../core/types.ts";
import type { Dialect, OpenRequest, Session } from "../dialect.ts";
import {
  type AnswerOptions,
  joinAnswer,
  pairOf,
  readAnswer,
  signedOutAnswer,
  usersAnswer,
  usersOf,
} from "./answers.ts";
import {
  errorFrame,
  isPublic,
  messageBlock,
  NAME,
  PUBLIC_FORMS,
  type Variant,
  variantOf,
} from "./encode.ts";
import {
  type ClientFrame,
  CODES,
  decode,
  type Refused,
  refusedOf,
} from "./wire.ts";

/** Messages in the answer to channelJoin. */
const JOIN_MESSAGES = 10;

type FrameOf<T extends ClientFrame["type"]> = Extract<ClientFrame, { type: T }>;
type Claim = ClientFrame["claim"];
type Recipient = Json | undefined;

class RedisChatSession implements Session {
  readonly #chat: Chat;
  readonly #link: Link;
  readonly #request: OpenRequest;
  readonly #who: Participant;
  readonly #sends: InFlight;
  #isHandling = false;
  #variant: Variant;
  /** Whoever it speaks for signed in here, with a password. */
  #signedIn = false;

  constructor(link: Link, chat: Chat, request: OpenRequest) {
    const { profile, resume } = request;
    const publicForm = profile === "original" ? "" : "0";
    const { encoder, ...variant } = variantOf({ profile, publicForm });
    this.#chat = chat;
    this.#link = link;
    this.#request = request;
    this.#variant = variant;
    this.#who = chat.admit({ link, encoder, resume });
    this.#who.onSignedOut = () => this.#signedOut();
    this.#sends = new InFlight(chat.limits.SENDS_IN_FLIGHT_MAX);
  }

  start(): void {
    this.#say({ type: "ready", ready: { sessionUUID: this.#who.session } });
  }

  async receive(text: string): Promise<void> {
    this.#isHandling = true;
    await this.#receive(text);
    this.#isHandling = false;
    this.#signedOut();
  }

  async #receive(text: string): Promise<void> {
    try {
      const read = decode(text, this.#variant.profile, this.#chat.limits);
      if (read.ok) return await this.#handle(read.frame);
      // Behind the answers to what came before.
      await this.#sends.settled();
      this.#chat.refused("bad_frame");
      this.#refuse(read.refused);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      await this.#sends.settled();
      this.refuse(error);
    }
  }

  refuse(error: ChatError): void {
    this.#chat.refused(error.code);
    this.#refuse(refusedOf(error));
  }

  end(): void {
    // Behind its last words.
    this.#sends.whenSettled(() => this.#chat.dismiss(this.#who));
  }

  async #handle(frame: ClientFrame): Promise<void> {
    if (frame.type === "channelMessage") return await this.#message(frame);
    await this.#sends.settled();
    // A client that does not read what it asked for is not answered further.
    await this.#link.drained();
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
    const { accounts } = this.#chat;
    const signedIn = await accounts.signIn({ name, password, address });
    this.#authorize(signedIn, signedIn.accessKey);
    const { id, name: username } = signedIn.account;
    const sys = { type: "signIn", signIn: { uuid: id, username } };
    this.#say({ type: "sys", sys });
    await this.#restore();
  }

  async #signUp({ block }: FrameOf<"signUp">): Promise<void> {
    const { address } = this.#request;
    const { username: name, password } = block;
    const { accounts } = this.#chat;
    const signedIn = await accounts.signUp({ name, password, address });
    const isOriginal = this.#variant.profile === "original";
    this.#authorize(signedIn, isOriginal ? "" : signedIn.accessKey);
    await this.#restore();
  }

  #authorize({ account, accessKey }: SignedIn, shown: string): void {
    this.#become(identityOf(account), accessKey);
    this.#signedIn = true;
    const authorized = { userUUID: account.id, accessKey: shown };
    this.#say({ type: "authorized", authorized });
  }

  async #signOut({ claim, block }: FrameOf<"signOut">): Promise<void> {
    const user = await this.#user(claim);
    if (!user) {
      const text = "Cannot sign out: not signed in";
      return this.#refuse({ code: CODES.unknownSignOut, text });
    }
    const { accounts, signIns } = this.#chat;
    const { accessKey } = claim;
    const isTheirs = accessKey !== "" &&
      await accounts.authenticate(user.id, accessKey) !== undefined;
    if (isTheirs && !this.#who.ended) signIns.enter(this.#who, accessKey);
    await signIns.revoke(this.#who);
    this.#become(undefined);
    this.#say(signedOutAnswer(user.id, this.#variant.profile, block.uuid));
  }

  /** Another session revoked all that this one lives by, if so. */
  #signedOut(): void {
    const { identity, ended } = this.#who;
    // What is being handled was asked by who it was.
    if (this.#isHandling || ended || !identity) return;
    if (this.#chat.signIns.has(this.#who)) return;
    this.#become(undefined);
    this.#say(signedOutAnswer(identity.id, this.#variant.profile));
  }

  async #users({ claim }: FrameOf<"users">): Promise<void> {
    const { settings } = this.#request;
    if (settings.redisUsers === "members") await this.#required(claim);
    const { accounts, limits } = this.#chat;
    const list = await accounts.list(limits.USERS_LISTED_MAX);
    this.#say(usersAnswer(list, this.#answerOptions()));
  }

  async #join({ claim, block }: FrameOf<"channelJoin">): Promise<void> {
    const { recipientUUID: recipient } = block;
    const user = await this.#required(claim);
    if (isPublic(recipient)) this.#useForm(recipient);
    const place = this.#place(recipient);
    const room = this.#chat.roomId(this.#who, place);
    const other = await this.#other(recipient);
    const answer = (messages: readonly MessageEntry[]) => {
      const members = this.#chat.members.of(room);
      const max = this.#chat.limits.USERS_LISTED_MAX;
      const users = isPublic(recipient)
        ? usersOf(members, { joiner: user, max })
        : pairOf(user, other);
      const channel = { room, recipient, messages, users };
      this.#say(joinAnswer(channel, this.#answerOptions()));
    };
    if (this.#chat.members.get(this.#who, room)) {
      answer(await this.#chat.pages.newest(room, JOIN_MESSAGES));
      return this.#chat.members.announce(this.#who, room);
    }
    const stored: MessageEntry[] = [];
    await this.#chat.members.join(this.#who, {
      room: place,
      name: user.name,
      replay: JOIN_MESSAGES,
      about: { form: this.#variant.publicForm },
      take: (events) => {
        for (const one of events) if (one.kind === "message") stored.push(one);
      },
      ready: () => answer(stored.slice(-JOIN_MESSAGES).reverse()),
    });
  }

  /** The other user of a private channel, whether or not it is in it now. */
  async #other(recipient: Recipient): Promise<Account | undefined> {
    if (isPublic(recipient)) return undefined;
    return await this.#chat.accounts.find(String(recipient));
  }

  async #message({ claim, block }: FrameOf<"channelMessage">): Promise<void> {
    const { recipientUUID: recipient, message } = block;
    const user = await this.#required(claim);
    await this.#sends.room();
    const other = await this.#other(recipient);
    const place = this.#place(recipient);
    const { committed } = await this.#chat.send(this.#who, {
      room: place,
      name: user.name,
      text: message,
      ...other && { extra: { recipient: other.name } },
    });
    const room = this.#chat.roomId(this.#who, place);
    const told = committed.then(({ entry }) => this.#echo(entry, room));
    this.#sends.track(told, (error) => this.#failed(error));
  }

  /** One copy for the sender, also where it is not in the channel. */
  #echo(entry: Entry, room: RoomId): void {
    if (entry.kind !== "message") return;
    if (this.#chat.members.get(this.#who, room)) return;
    const channelMessage = messageBlock(entry, room, this.#variant);
    this.#say({ type: "channelMessage", channelMessage });
  }

  async #messages({ claim, block }: FrameOf<"channelMessages">): Promise<void> {
    await this.#required(claim);
    const { recipientUUID, offset, limit } = block;
    const room = this.#chat.roomId(this.#who, this.#place(recipientUUID));
    const page = await this.#chat.history(room, { skip: offset, limit });
    this.#say(readAnswer(page, room, this.#answerOptions()));
  }

  async #leave({ claim, block }: FrameOf<"channelLeave">): Promise<void> {
    await this.#required(claim);
    const { recipientUUID } = block;
    if (isPublic(recipientUUID)) {
      const text = "Cannot leave the public channel";
      return this.#refuse({ code: CODES.general, text });
    }
    const room = this.#chat.roomId(this.#who, this.#place(recipientUUID));
    if (!this.#chat.members.leave(this.#who, room)) {
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
    const { profile, publicForm: before } = this.#variant;
    const publicForm = PUBLIC_FORMS.find((form) => form === recipient);
    if (publicForm === undefined || publicForm === before) return;
    const { encoder, ...variant } = variantOf({ profile, publicForm });
    this.#variant = variant;
    this.#chat.members.useEncoder(this.#who, encoder);
  }

  async #required(claim: Claim): Promise<Identity> {
    const user = await this.#user(claim);
    if (user) return user;
    throw new ChatError("sign_in_first", "Cannot use channel: sign in first");
  }

  /** Whom this connection speaks for: its own sign-in goes before what it claims. */
  async #user({ userUUID, accessKey }: Claim): Promise<Identity | undefined> {
    const { identity } = this.#who;
    if (this.#signedIn || userUUID === "" || userUUID === identity?.id) {
      return identity;
    }
    if (accessKey === "") return undefined;
    const { accounts, signIns } = this.#chat;
    const account = await accounts.authenticate(userUUID, accessKey);
    // It may have been revoked since it was read.
    if (!account || signIns.hasEnded(accessKey)) return undefined;
    const user = identityOf(account);
    this.#become(user, accessKey);
    await this.#restore();
    return user;
  }

  /** Is again where this user was when its connection was lost. */
  async #restore(): Promise<void> {
    await this.#chat.resumes.restore(this.#who, {
      begins: ({ about }) => this.#useForm(about?.form),
    });
  }

  /** Speaks for another user, or for none, from now on. */
  #become(user: Identity | undefined, accessKey?: string): void {
    // The socket may have gone while a password was hashed.
    if (this.#who.ended) return;
    if (!user) this.#signedIn = false;
    this.#chat.identify(this.#who, user, accessKey);
  }

  #answerOptions(): AnswerOptions {
    const { limits, online } = this.#chat;
    return {
      variant: this.#variant,
      // Half, so that a list does not end a socket that has some waiting.
      bytesMax: limits.OUTBOX_BYTES_MAX / 2,
      isOnline: (user) => online.has(user),
    };
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

/** redis-developer/basic-redis-chat-demo-go. */
export const redisChat: Dialect = {
  name: NAME,
  open: (link, chat, request) => new RedisChatSession(link, chat, request),
};
