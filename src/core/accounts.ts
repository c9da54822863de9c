import { ChatError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { Clock, Ids } from "./ports.ts";
import { userName } from "./text.ts";
import { TokenBucket } from "./token_bucket.ts";

/** How long an access key is good, in ms. */
const ACCESS_TTL_MS = 30 * 24 * 60 * 60 * 1_000;

const SECONDS_PER_MINUTE = 60;

/** Counters of failed sign-ins that are kept; the oldest go first. */
const FAILURE_COUNTERS_MAX = 10_000;

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
  /** @returns False, and nothing is stored, if the name is taken by now. */
  create(account: StoredAccount): Promise<boolean>;
  /** In order of creation. */
  list(): Promise<readonly StoredAccount[]>;
  /** Remembers the digest of an access key. */
  grant(digest: string, access: Access): Promise<void>;
  access(digest: string): Promise<Access | undefined>;
}

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
}

/** What accounts need. */
export interface AccountPorts {
  readonly accounts: AccountStore;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: Limits;
  readonly takeUserNumber: () => Promise<number>;
}

/** Users with passwords. */
export class Accounts {
  readonly #ports: AccountPorts;
  readonly #failures = new Map<string, TokenBucket>();

  constructor(ports: AccountPorts) {
    this.#ports = ports;
  }

  /**
   * Signs a user in; an unknown name is given an account.
   *
   * @throws {ChatError} `wrong_password`, `too_long`, `bad_field`,
   *   `rate_limited`, `busy`.
   */
  async signIn(credentials: Credentials): Promise<SignedIn> {
    this.#checkPassword(credentials.password);
    const account = await this.#named(credentials.name);
    if (!account) return await this.#create(credentials);
    await this.#verify(account, credentials);
    return await this.#grant(account);
  }

  /**
   * Makes an account.
   *
   * @throws {ChatError} `name_taken`, `too_long`, `bad_field`, `busy`.
   */
  async signUp(credentials: Credentials): Promise<SignedIn> {
    this.#checkPassword(credentials.password);
    if (await this.#named(credentials.name)) throw taken();
    return await this.#create(credentials);
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

  /** The account of that id. */
  async find(id: string): Promise<Account | undefined> {
    const account = await this.#ports.accounts.find(id);
    return account && toAccount(account);
  }

  /** All accounts, in order of creation. */
  async list(): Promise<readonly Account[]> {
    return (await this.#ports.accounts.list()).map(toAccount);
  }

  async #create(credentials: Credentials): Promise<SignedIn> {
    const { accounts, secrets, clock, ids, limits } = this.#ports;
    const name = userName(credentials.name, limits);
    const account: StoredAccount = {
      id: ids.uuid(),
      number: await this.#ports.takeUserNumber(),
      name,
      createdAt: clock.now(),
      password: await secrets.hash(credentials.password),
    };
    // Somebody else may have taken the name while this one was hashing.
    if (!await accounts.create(account)) throw taken();
    return await this.#grant(account);
  }

  async #grant(account: Account): Promise<SignedIn> {
    const { accounts, secrets, clock } = this.#ports;
    const accessKey = secrets.accessKey();
    const expiresAt = clock.now() + ACCESS_TTL_MS;
    const access = { user: account.id, expiresAt };
    await accounts.grant(secrets.digest(accessKey), access);
    return { account: toAccount(account), accessKey };
  }

  /** The account by name; the original's clients may also sign in by id. */
  async #named(name: string): Promise<StoredAccount | undefined> {
    const { accounts } = this.#ports;
    return await accounts.findByName(name) ?? await accounts.find(name);
  }

  async #verify(
    account: StoredAccount,
    { password, address }: Credentials,
  ): Promise<void> {
    // By address too, so that nobody can lock another's account.
    const counters = [`address ${address}`, `name ${account.id} ${address}`];
    for (const counter of counters) this.#checkFailures(counter);
    if (await this.#ports.secrets.verify(password, account.password)) return;
    for (const counter of counters) this.#countFailure(counter);
    throw new ChatError("wrong_password", "wrong password");
  }

  #checkFailures(counter: string): void {
    const waitMs = this.#failures.get(counter)?.wait(
      this.#ports.clock.elapsed(),
    );
    if (!waitMs) return;
    throw new ChatError(
      "rate_limited",
      `Cannot sign in: too many wrong passwords, try again in ${waitMs} ms`,
    );
  }

  #countFailure(counter: string): void {
    const { limits, clock } = this.#ports;
    const perMinute = limits.WRONG_PASSWORDS_PER_MINUTE_MAX;
    const now = clock.elapsed();
    const bucket = this.#failures.get(counter) ?? new TokenBucket({
      perSecond: perMinute / SECONDS_PER_MINUTE,
      burst: perMinute,
    }, now);
    bucket.take(now);
    // Last in the map: the one that was used last.
    this.#failures.delete(counter);
    this.#failures.set(counter, bucket);
    if (this.#failures.size <= FAILURE_COUNTERS_MAX) return;
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest);
      return;
    }
  }

  #checkPassword(password: string): void {
    const max = this.#ports.limits.PASSWORD_CHARACTERS_MAX;
    // Before hashing, which is what costs.
    if (password.length <= max) return;
    throw new ChatError(
      "too_long",
      `Cannot use password: ${password.length} of ${max} characters`,
    );
  }
}

function toAccount({ id, number, name, createdAt }: Account): Account {
  return { id, number, name, createdAt };
}

function taken(): ChatError {
  return new ChatError("name_taken", "Cannot sign up: the name is taken");
}
