import { ChatError } from "./errors.ts";
import { type Limits, TOKEN_TTL_MS } from "./limits.ts";
import type { Clock, Ids, Observer } from "./ports.ts";
import { SignInGuard } from "./sign_in_guard.ts";
import { userName } from "./text.ts";
import type { Author } from "./types.ts";

/** The most characters that a normal form (NFC) makes one of. */
const CHARACTERS_PER_CHARACTER_MAX = 4;

/** A user who has a password. Nothing of it may leave the server but this. */
export interface Account {
  /** UUID v4. */
  readonly id: string;
  readonly number: number;
  readonly name: string;
  /** ms since the epoch. */
  readonly createdAt: number;
}

/** A hashed password with the parameters that it was hashed with. */
export type PasswordHash = { readonly [key: string]: string | number };

/** An account as it is stored. */
export interface StoredAccount extends Account {
  readonly password: PasswordHash;
}

/** Keeps accounts and access keys. */
export interface AccountStore {
  find(id: string): Promise<StoredAccount | undefined>;
  findByName(name: string): Promise<StoredAccount | undefined>;
  /** @returns False, and nothing is stored, if the name or id is taken by now. */
  create(account: StoredAccount): Promise<boolean>;
  /** In order of creation. */
  list(): Promise<readonly StoredAccount[]>;
  /** The number of a user who has no account here; `take` makes it. */
  vouchedNumber(id: string, take: () => Promise<number>): Promise<number>;
  /** Remembers the digest of an access key. */
  grant(digest: string, access: Access): Promise<void>;
  access(digest: string): Promise<Access | undefined>;
  /** Forgets it. */
  revoke(digest: string): Promise<void>;
}

/** A user, and whom the user was before. */
export type Newcomer = Pick<Account, "id" | "number">;

/** What an access key opens. */
export interface Access {
  readonly user: string;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

/** Hashes and compares secrets. */
export interface Secrets {
  /**
   * Off the main thread, a few at a time.
   *
   * @throws {ChatError} `busy` if too many wait.
   */
  hash(password: string): Promise<PasswordHash>;
  /** In constant time. Throws as `hash` does. */
  verify(password: string, hash: PasswordHash): Promise<boolean>;
  /** A new access key. */
  accessKey(): string;
  /** Of a secret with enough entropy to need no salt. */
  digest(secret: string): string;
}

/** A name and password, as they came. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
  /** Where the socket comes from. */
  readonly address: string;
}

/** An account that was signed in, with the key to come back with. */
export interface SignedIn {
  readonly account: Account;
  readonly accessKey: string;
  /** When that ends, ms since the epoch. */
  readonly expiresAt: number;
}

/** The user that an account is. */
export function identityOf({ id, number, name }: Account): Author {
  return { id, number, name, verified: true };
}

/** What accounts need. */
export interface AccountPorts {
  readonly accounts: AccountStore;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: Limits;
  readonly observer?: Observer;
  readonly takeUserNumber: () => Promise<number>;
}

/** The accounts that were made first, and how many there are in all. */
export interface AccountList {
  readonly total: number;
  readonly accounts: readonly Account[];
}

/** Users with passwords. */
export class Accounts {
  readonly #ports: AccountPorts;
  readonly #guard: SignInGuard;

  constructor(ports: AccountPorts) {
    this.#ports = ports;
    this.#guard = new SignInGuard(ports);
  }

  /**
   * Signs a user in; an unknown name is given an account, if so wished.
   *
   * @throws {ChatError} `wrong_password`, `too_long`, `bad_field`,
   *   `rate_limited`, `limit_accounts`, `busy`.
   */
  async signIn(
    credentials: Credentials,
    { creates = true }: { readonly creates?: boolean } = {},
  ): Promise<SignedIn> {
    this.#check(credentials);
    const account = await this.#named(credentials.name);
    if (account) return await this.#open(account, credentials);
    if (!creates) return await this.#refuseUnknown(credentials);
    const created = await this.#create(credentials);
    if (created) return await this.#grant(created);
    // Somebody else has made it while this one was hashing.
    const other = await this.#named(credentials.name);
    if (!other) throw taken();
    return await this.#open(other, credentials);
  }

  /**
   * Makes an account; for somebody who has an id already, of that id.
   *
   * @throws {ChatError} `name_taken`, `too_long`, `bad_field`,
   *   `limit_accounts`, `busy`.
   */
  async signUp(
    credentials: Credentials,
    newcomer?: Newcomer,
  ): Promise<SignedIn> {
    this.#check(credentials);
    if (await this.#named(credentials.name)) throw taken();
    const created = await this.#create(credentials, newcomer);
    if (!created) throw taken();
    return await this.#grant(created);
  }

  /** The account that an access key belongs to, if it is this user's. */
  async authenticate(
    id: string,
    accessKey: string,
  ): Promise<Account | undefined> {
    const { accounts, secrets, clock } = this.#ports;
    const access = await accounts.access(secrets.digest(accessKey));
    if (!access || access.user !== id) return undefined;
    if (access.expiresAt <= clock.now()) return undefined;
    return await this.find(id);
  }

  /** Whose access key that is, and until when. */
  async opened(accessKey: string): Promise<SignedIn | undefined> {
    const { accounts, secrets, clock } = this.#ports;
    const access = await accounts.access(secrets.digest(accessKey));
    if (!access || access.expiresAt <= clock.now()) return undefined;
    const account = await this.find(access.user);
    const { expiresAt } = access;
    return account && { account, accessKey, expiresAt };
  }

  /** The account of that id. */
  async find(id: string): Promise<Account | undefined> {
    const account = await this.#ports.accounts.find(id);
    return account && toAccount(account);
  }

  /** The first `max` accounts, in order of creation. */
  async list(max: number): Promise<AccountList> {
    const all = await this.#ports.accounts.list();
    return { total: all.length, accounts: all.slice(0, max).map(toAccount) };
  }

  /** Makes an account, unless the name is taken by the time it is hashed. */
  async #create(
    { name, password }: Credentials,
    newcomer?: Newcomer,
  ): Promise<StoredAccount | undefined> {
    const { accounts, secrets, clock, ids } = this.#ports;
    const account: StoredAccount = {
      id: newcomer?.id ?? ids.uuid(),
      number: newcomer?.number ?? await this.#ports.takeUserNumber(),
      name,
      createdAt: clock.now(),
      password: await secrets.hash(password),
    };
    return await accounts.create(account) ? account : undefined;
  }

  async #open(
    account: StoredAccount,
    { password, address }: Credentials,
  ): Promise<SignedIn> {
    const { secrets } = this.#ports;
    const isRight = await this.#guard.attempt(
      { account: account.id, address },
      () => secrets.verify(password, account.password),
    );
    if (isRight) return await this.#grant(account);
    throw this.#wrongPassword();
  }

  /** Whoever tries names is limited as one who tries passwords is. */
  async #refuseUnknown({ name, address }: Credentials): Promise<never> {
    const attempt = { account: name, address };
    await this.#guard.attempt(attempt, () => Promise.resolve(false));
    throw this.#wrongPassword();
  }

  #wrongPassword(): ChatError {
    this.#ports.observer?.meter?.signIns.by("wrong").add();
    return new ChatError("wrong_password", "Cannot sign in: wrong password");
  }

  async #grant(account: Account): Promise<SignedIn> {
    const { accounts, secrets, clock, observer } = this.#ports;
    observer?.meter?.signIns.by("ok").add();
    const accessKey = secrets.accessKey();
    const expiresAt = clock.now() + TOKEN_TTL_MS;
    const access = { user: account.id, expiresAt };
    await accounts.grant(secrets.digest(accessKey), access);
    return { account: toAccount(account), accessKey, expiresAt };
  }

  /** The account by name; the original's clients may also sign in by id. */
  async #named(name: string): Promise<StoredAccount | undefined> {
    const { accounts } = this.#ports;
    return await accounts.findByName(name) ?? await accounts.find(name);
  }

  /** Before anything that costs: normal forms, look-ups, hashing. */
  #check({ name, password }: Credentials): void {
    const { limits } = this.#ports;
    userName(name, limits);
    // Names are compared by their normal form, which may be longer.
    userName(name.normalize("NFKC"), limits);
    const max = limits.PASSWORD_CHARACTERS_MAX;
    const characters = countCharacters(password, max);
    if (characters > max) {
      throw new ChatError(
        "too_long",
        `Cannot use password: ${characters} of ${max} characters`,
      );
    }
    // Hashing would replace a lone surrogate: other passwords would do too.
    if (password.isWellFormed()) return;
    throw new ChatError(
      "bad_field",
      "Cannot use password: not well-formed Unicode",
    );
  }
}

/** Characters of a text; of a normal form where one may be short enough. */
function countCharacters(text: string, max: number): number {
  // The time that a normal form takes grows with the square of the length.
  const isLong = text.length > CHARACTERS_PER_CHARACTER_MAX * max;
  return Array.from(isLong ? text : text.normalize("NFC")).length;
}

function toAccount({ id, number, name, createdAt }: Account): Account {
  return { id, number, name, createdAt };
}

function taken(): ChatError {
  return new ChatError("name_taken", "Cannot sign up: the name is taken");
}
