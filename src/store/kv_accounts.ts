import type { Access, AccountStore, StoredAccount } from "../core/accounts.ts";
import { ChatError } from "../core/errors.ts";
import type { Observer } from "../core/ports.ts";
import type { Capabilities } from "./capabilities.ts";
import { keys } from "./keys.ts";
import type { Pace } from "./pace.ts";
import { asking, refusing } from "./retry.ts";

/** Records read at a time. */
const BATCH_SIZE = 500;

/** What keeping accounts needs. */
export interface AccountsPorts {
  readonly kv: Deno.Kv;
  readonly capabilities: Capabilities;
  readonly observer: Observer;
  readonly pace: Pace;
  readonly accountsMax: number;
}

/** Accounts and access keys in Deno KV. */
export class KvAccounts implements AccountStore {
  readonly #ports: AccountsPorts;
  /** All of them, in order of creation. */
  #all: Promise<StoredAccount[]> | undefined;

  constructor(ports: AccountsPorts) {
    this.#ports = ports;
  }

  async find(id: string): Promise<StoredAccount | undefined> {
    return await this.#get<StoredAccount>(keys.user(id));
  }

  async findByName(name: string): Promise<StoredAccount | undefined> {
    const id = await this.#get<string>(keys.userName(folded(name)));
    return id === undefined ? undefined : await this.find(id);
  }

  async create(account: StoredAccount): Promise<boolean> {
    const { kv, accountsMax } = this.#ports;
    const all = await this.#list();
    if (all.length >= accountsMax) {
      throw new ChatError(
        "limit_accounts",
        `Cannot sign up: there are ${accountsMax} accounts already`,
      );
    }
    const name = keys.userName(folded(account.name));
    const user = keys.user(account.id);
    try {
      const { ok } = await this.#ask(() =>
        kv.atomic()
          .check({ key: name, versionstamp: null })
          .check({ key: user, versionstamp: null })
          .set(name, account.id)
          .set(user, account)
          .commit()
      );
      // An earlier try may have landed, its reply lost.
      if (!ok && await this.#get<string>(name) !== account.id) return false;
    } catch (error) {
      // It may be there or not: the next list is read anew.
      this.#all = undefined;
      throw error;
    }
    all.push(account);
    return true;
  }

  async list(): Promise<readonly StoredAccount[]> {
    if (!this.#ports.capabilities.alone) this.#all = undefined;
    return await this.#list();
  }

  async vouchedNumber(
    id: string,
    take: () => Promise<number>,
  ): Promise<number> {
    const key = keys.vouchedNumber(id);
    const known = await this.#get<number>(key);
    if (known !== undefined) return known;
    const number = await take();
    const { ok } = await this.#ask(() =>
      this.#ports.kv.atomic()
        .check({ key, versionstamp: null }).set(key, number).commit()
    );
    // Another session of the same user was first, or this one was.
    return ok ? number : await this.#get<number>(key) ?? number;
  }

  async grant(digest: string, access: Access): Promise<void> {
    await this.#ask(() => this.#ports.kv.set(keys.access(digest), access));
  }

  async access(digest: string): Promise<Access | undefined> {
    return await this.#get<Access>(keys.access(digest));
  }

  async revoke(digest: string): Promise<void> {
    await this.#ask(() => this.#ports.kv.delete(keys.access(digest)));
  }

  #list(): Promise<StoredAccount[]> {
    return this.#all ??= this.#readAll().catch((error) => {
      this.#all = undefined;
      throw error;
    });
  }

  #readAll(): Promise<StoredAccount[]> {
    // There may be very many: it takes as long as it takes.
    return refusing(this.#ports, "look up account", async () => {
      const entries = await Array.fromAsync(
        this.#ports.kv.list<StoredAccount>({ prefix: keys.users() }, {
          batchSize: BATCH_SIZE,
        }),
      );
      return entries.map(({ value }) => value).sort((a, b) =>
        a.createdAt - b.createdAt || a.number - b.number
      );
    });
  }

  async #get<T>(key: Deno.KvKey): Promise<T | undefined> {
    const { value } = await this.#ask(() => this.#ports.kv.get<T>(key));
    return value ?? undefined;
  }

  #ask<T>(call: () => Promise<T>): Promise<T> {
    return asking(this.#ports, "look up account", call);
  }
}

/** Names that look the same are the same: width, case, what is not seen. */
function folded(name: string): string {
  // By way of capitals: several small letters may share one, or a pair.
  return visible(name).normalize("NFKC")
    .toLowerCase().toUpperCase().toLowerCase().normalize("NFKC").trim();
}

function visible(text: string): string {
  return text.replace(/\p{Default_Ignorable_Code_Point}/gu, "");
}
