import {
  type Accounts,
  type AccountStore,
  type Credentials,
  identityOf,
} from "./accounts.ts";
import { ChatError } from "./errors.ts";
import { GuestTokens, type Seal } from "./guest_tokens.ts";
import type { Limits } from "./limits.ts";
import type { Membership } from "./membership.ts";
import type { Online } from "./online.ts";
import type { Identity, Participant } from "./participant.ts";
import type { Clock, Directory, Ids } from "./ports.ts";
import type { SignIns } from "./sign_ins.ts";
import { userName } from "./text.ts";

/** A user whom another application vouches for. */
export interface VouchedUser {
  /** UUID, always the same for the same user. */
  readonly id: string;
  readonly name: string;
  /** Until when it does so, ms since the epoch; absent: for good. */
  readonly expiresAt?: number;
}

/** Reads the tokens of the application that parley is a part of. */
export interface Voucher {
  /**
   * Whom a token vouches for.
   *
   * @throws {ChatError} `bad_token`: it is not good, or none is taken here.
   *   `busy`: what it takes to know that could not be had.
   */
  read(token: string): Promise<VouchedUser>;
}

/** Who a session speaks for, and what brings it back as that. */
export interface Identified {
  readonly user: Identity;
  /** Absent: whoever vouches for the user has one. */
  readonly token?: string;
  /** ms since the epoch. */
  readonly expiresAt?: number;
}

/** What proving who one is needs. */
export interface IdentitiesPorts {
  readonly accounts: Accounts;
  readonly numbers: Pick<AccountStore, "vouchedNumber">;
  readonly members: Membership;
  readonly online: Online;
  readonly signIns: SignIns;
  readonly directory: Directory;
  readonly seal: Seal;
  readonly voucher: Voucher;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: Limits;
}

/**
 * Whom sessions speak for: guests, who have a token and else nothing; users
 * with a password; users of the application that parley is a part of.
 */
export class Identities {
  readonly #ports: IdentitiesPorts;
  readonly #tokens: GuestTokens;

  constructor(ports: IdentitiesPorts) {
    this.#ports = ports;
    this.#tokens = new GuestTokens(ports);
  }

  /** Makes the session a guest whom nobody was before. */
  async newGuest(who: Participant): Promise<Identified> {
    const { directory, ids } = this.#ports;
    const isFirst = who.identity === undefined;
    const guest: Identity = {
      id: isFirst ? who.session : ids.uuid(),
      number: await directory.takeUserNumber(),
      name: "",
      verified: false,
    };
    this.become(who, guest);
    return this.#asGuest(guest);
  }

  /** The user that the session speaks for, and a new token if it is a guest. */
  current(who: Participant): Identified | undefined {
    const { identity } = who;
    if (!identity) return undefined;
    return identity.verified ? { user: identity } : this.#asGuest(identity);
  }

  /**
   * Makes the session speak for the user of a token, a guest's or an access
   * key.
   *
   * @throws {ChatError} `bad_token`, `storage_failed`.
   */
  async restore(who: Participant, token: string): Promise<Identified> {
    const { accounts, signIns } = this.#ports;
    if (!this.#tokens.isOne(token)) {
      const opened = await accounts.opened(token);
      // It may have been revoked since it was read.
      if (!opened || signIns.hasEnded(token)) throw badToken();
      const { account, expiresAt } = opened;
      return this.#known(who, identityOf(account), { token, expiresAt });
    }
    const guest = this.#tokens.read(token);
    // Who has a password by now proves it by that.
    if (!guest || await accounts.find(guest.id)) throw badToken();
    this.become(who, guest);
    return this.#asGuest(guest);
  }

  /**
   * Signs the session in, to an account that there is.
   *
   * @throws {ChatError} `wrong_password`, `rate_limited`, `busy`, …
   */
  async signIn(
    who: Participant,
    credentials: Credentials,
  ): Promise<Identified> {
    const { accounts } = this.#ports;
    const signedIn = await accounts.signIn(credentials, { creates: false });
    const { account, accessKey: token, expiresAt } = signedIn;
    return this.#known(who, identityOf(account), { token, expiresAt });
  }

  /**
   * Makes an account for the session's user. A guest keeps its id, and with it
   * what it said; its token is useless from then on.
   *
   * @throws {ChatError} `name_taken`, `limit_accounts`, `busy`, …
   */
  async signUp(
    who: Participant,
    credentials: Credentials,
  ): Promise<Identified> {
    const { accounts } = this.#ports;
    const guest = who.identity?.verified ? undefined : who.identity;
    const signedUp = await accounts.signUp(credentials, guest);
    const { account, accessKey: token, expiresAt } = signedUp;
    return this.#known(who, identityOf(account), { token, expiresAt });
  }

  /**
   * Makes the session speak for a user whom another application vouches for.
   *
   * @throws {ChatError} `bad_token`, `too_long`, `bad_field`, `busy`.
   */
  async vouched(who: Participant, token: string): Promise<Identified> {
    const { voucher, numbers, limits, directory } = this.#ports;
    const { id, name, expiresAt } = await voucher.read(token);
    const user: Identity = {
      id,
      number: await numbers.vouchedNumber(id, () => directory.takeUserNumber()),
      name: userName(name, limits),
      verified: true,
    };
    return this.#known(who, user, expiresAt === undefined ? {} : { expiresAt });
  }

  /**
   * Revokes what the session lives by, which signs out who else does, and
   * makes it a new guest.
   */
  async signOut(who: Participant): Promise<Identified> {
    await this.#ports.signIns.revoke(who);
    return await this.newGuest(who);
  }

  /**
   * Gives a guest another name, which its rooms are told.
   *
   * @throws {ChatError} `too_long`, `bad_field`: others have their name from
   *   elsewhere.
   */
  rename(who: Participant, name: string): Identified {
    const { identity } = who;
    if (!identity || identity.verified) {
      throw new ChatError("bad_field", "Cannot rename: only guests can be");
    }
    const user = { ...identity, name: userName(name, this.#ports.limits) };
    this.become(who, user);
    return this.#asGuest(user);
  }

  /**
   * Makes the session speak for a user, or for nobody in particular.
   *
   * What it was a member of as somebody else it leaves; as the same user under
   * another name it stays.
   *
   * @param accessKey By which it does so: it ends with that.
   */
  become(
    who: Participant,
    identity: Identity | undefined,
    accessKey?: string,
  ): void {
    const { members, online, signIns } = this.#ports;
    const before = who.identity;
    if (who.ended) return;
    if (before?.id !== identity?.id) signIns.leave(who);
    if (accessKey !== undefined) signIns.enter(who, accessKey);
    if (before && before.id === identity?.id) {
      who.identity = identity;
      const { name, verified } = identity;
      const isSame = before.name === name && before.verified === verified;
      if (isSame) return;
      members.renameAll(who, identity);
      online.changed(identity.id);
      return;
    }
    members.partAll(who, false);
    if (before) online.leave(before.id, who);
    if (identity) online.enter(identity.id, who);
    who.identity = identity;
  }

  #known(
    who: Participant,
    user: Identity,
    proof: { token?: string; expiresAt?: number },
  ): Identified {
    this.become(who, user, proof.token);
    return { user, ...proof };
  }

  #asGuest(user: Identity): Identified {
    return { user, ...this.#tokens.issue(user) };
  }
}

function badToken(): ChatError {
  return new ChatError("bad_token", "Cannot use token: it is not good");
}
