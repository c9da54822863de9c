import type { Chat } from "../../core/chat.ts";
import { ChatError } from "../../core/errors.ts";
import type { Identified } from "../../core/identities.ts";
import type { Participant } from "../../core/participant.ts";
import { userName } from "../../core/text.ts";
import type { DialectSettings } from "../dialect.ts";
import type { JsonObject } from "../json.ts";
import { identityResult } from "./answers.ts";
import type { RequestOf } from "./wire.ts";

/** What saying who one is needs. */
export interface IntroductionPorts {
  readonly chat: Chat;
  readonly who: Participant;
  /** Where the socket comes from. */
  readonly address: string;
  readonly settings: DialectSettings;
}

/** Who a session says that it is, and who else there is. */
export class Introduction {
  readonly #ports: IntroductionPorts;
  /** What brings an account back: the access key, or a JWT's time alone. */
  #proof: Pick<Identified, "token" | "expiresAt"> = {};

  constructor(ports: IntroductionPorts) {
    this.#ports = ports;
  }

  /** With an account's credentials a `name` is of no use, and is ignored. */
  async hello(request: RequestOf<"hello">): Promise<JsonObject> {
    const { chat, who } = this.#ports;
    const { name } = request;
    // Before anything has an effect: nothing may be done by half.
    if (name !== undefined) userName(name, chat.limits);
    const proved = await this.#prove(request);
    if (name === undefined || proved?.user.verified) {
      return identityResult(proved ?? this.#current());
    }
    const { user } = this.#current();
    if (user.verified && user.name === name) {
      return identityResult(this.#current());
    }
    return identityResult(chat.identities.rename(who, name));
  }

  async signOut(): Promise<JsonObject> {
    const { chat, who } = this.#ports;
    const guest = await chat.identities.signOut(who);
    this.#proof = {};
    return identityResult(guest);
  }

  // deno-lint-ignore require-await -- a refusal is a rejection, as everywhere
  async rename({ name }: RequestOf<"rename">): Promise<JsonObject> {
    const { chat, who } = this.#ports;
    return identityResult(chat.identities.rename(who, name));
  }

  async users({ search = "" }: RequestOf<"users">): Promise<JsonObject> {
    const { chat, who, settings } = this.#ports;
    if (settings.redisUsers === "members" && !who.identity?.verified) {
      throw new ChatError("sign_in_first", "Cannot list users: sign in first");
    }
    const { accounts } = await chat.accounts.list(Infinity);
    const wanted = search.toLowerCase();
    const found = accounts.filter(({ name }) =>
      name.toLowerCase().includes(wanted)
    );
    const listed = found.slice(0, chat.limits.USERS_LISTED_MAX);
    return {
      users: listed.map(({ id, number, name }) => ({
        id,
        number,
        name,
        verified: true,
        online: chat.online.has(id),
      })),
      total: found.length,
    };
  }

  async #prove(request: RequestOf<"hello">): Promise<Identified | undefined> {
    const { chat, who, address } = this.#ports;
    const { identities } = chat;
    const { token, sign_in: signIn, sign_up: signUp, jwt } = request;
    if (signUp) checkNew(signUp);
    const proved = token !== undefined
      ? await identities.restore(who, token)
      : signIn
      ? await identities.signIn(who, { ...signIn, address })
      : signUp
      ? await identities.signUp(who, { ...signUp, address })
      : jwt !== undefined
      ? await identities.vouched(who, jwt)
      : undefined;
    if (!proved) return undefined;
    const { user, ...proof } = proved;
    this.#proof = user.verified ? proof : {};
    return proved;
  }

  #current(): Identified {
    const { chat, who } = this.#ports;
    const current = chat.identities.current(who);
    if (!current) throw new TypeError("Cannot say hello: nobody is here");
    return { ...current, ...this.#proof };
  }
}

/** Older protocols take an empty name or password; here it is a mistake. */
function checkNew(credentials: { name: string; password: string }): void {
  for (const field of ["name", "password"] as const) {
    if (credentials[field] !== "") continue;
    const message = `Cannot sign up: the ${field} is empty`;
    throw new ChatError("bad_field", message);
  }
}
