import { assertEquals, assertRejects } from "@std/assert";
import type { StoredAccount } from "../../src/core/accounts.ts";
import { ChatError } from "../../src/core/errors.ts";
import { LOCAL, NETWORK } from "../../src/store/capabilities.ts";
import { KvAccounts } from "../../src/store/kv_accounts.ts";
import { REAL_PACE } from "../../src/store/pace.ts";
import {
  failedAfter,
  type FaultyKv,
  ioError,
  locked,
  withFaults,
} from "../support/kv_faults.ts";

/** Accounts on a real KV whose calls fail as a test says. */
class Shelf implements Disposable {
  readonly kv: Deno.Kv;
  readonly faulty: FaultyKv;
  readonly accounts: KvAccounts;
  readonly troubles: string[] = [];

  private constructor(kv: Deno.Kv, accountsMax: number) {
    this.kv = kv;
    this.faulty = withFaults(kv);
    this.accounts = this.reopen({ accountsMax });
  }

  static async open(accountsMax = 100): Promise<Shelf> {
    return new Shelf(await Deno.openKv(":memory:"), accountsMax);
  }

  /** As another process would open it, or this one after a restart. */
  reopen({ accountsMax = 100, capabilities = LOCAL } = {}): KvAccounts {
    const observer = {
      bug: () => {},
      trouble: (where: string) => void this.troubles.push(where),
    };
    const { kv } = this.faulty;
    const pace = REAL_PACE;
    return new KvAccounts({ kv, capabilities, observer, pace, accountsMax });
  }

  [Symbol.dispose](): void {
    this.kv.close();
  }
}

function account(name: string, number: number): StoredAccount {
  return {
    id: `id of ${name}`,
    number,
    name,
    createdAt: 1_000,
    password: { kind: "scrypt", N: 16_384, salt: "s", key: "k" },
  };
}

async function namesIn(accounts: KvAccounts): Promise<string[]> {
  return (await accounts.list()).map(({ name }) => name);
}

Deno.test("KvAccounts finds an account by id and by a name that looks the same", async () => {
  using shelf = await Shelf.open();
  const ann = account("Ann", 1);

  const isMade = await shelf.accounts.create(ann);

  assertEquals(isMade, true);
  assertEquals(await shelf.accounts.find("id of Ann"), ann);
  assertEquals(await shelf.accounts.findByName("ＡＮＮ"), ann);
  assertEquals(await shelf.accounts.find("Ann"), undefined);
  assertEquals(await shelf.accounts.findByName("Bob"), undefined);
});

Deno.test("KvAccounts create() refuses a name that looks the same, and stores nothing", async () => {
  using shelf = await Shelf.open();
  await shelf.accounts.create(account("Ann", 1));

  const isMade = await shelf.accounts.create(account("ANN", 2));

  assertEquals(isMade, false);
  assertEquals(await shelf.accounts.find("id of ANN"), undefined);
  assertEquals(await namesIn(shelf.accounts), ["Ann"]);
  assertEquals(await namesIn(shelf.reopen()), ["Ann"]);
});

Deno.test("KvAccounts lists accounts in order of creation, then of number", async () => {
  using shelf = await Shelf.open();
  const made = [
    account("Zoe", 3),
    { ...account("Ann", 7), createdAt: 3_000 },
    { ...account("Bob", 5), createdAt: 3_000 },
  ];

  for (const one of made) await shelf.accounts.create(one);

  assertEquals(await namesIn(shelf.reopen()), ["Zoe", "Bob", "Ann"]);
});

Deno.test("KvAccounts lists what it has made without reading it again", async () => {
  using shelf = await Shelf.open();
  await shelf.accounts.create(account("Ann", 1));
  shelf.faulty.reads.push(ioError);

  assertEquals(await namesIn(shelf.accounts), ["Ann"]);
});

Deno.test("KvAccounts lists what others made, where it is not alone", async () => {
  using shelf = await Shelf.open();
  const shared = shelf.reopen({ capabilities: NETWORK });
  await namesIn(shared);
  await namesIn(shelf.accounts);

  await shelf.reopen().create(account("Ann", 1));

  assertEquals(await namesIn(shared), ["Ann"]);
});

Deno.test("KvAccounts create() refuses more accounts than there may be", async () => {
  using shelf = await Shelf.open(1);
  await shelf.accounts.create(account("Ann", 1));

  const error = await assertRejects(
    () => shelf.accounts.create(account("Bob", 2)),
    ChatError,
  );

  assertEquals([error.code, error.message], [
    "limit_accounts",
    "Cannot sign up: there are 1 accounts already",
  ]);
  assertEquals(await shelf.accounts.findByName("Bob"), undefined);
});

Deno.test("KvAccounts create() knows its own account when the reply to an earlier try was lost", async () => {
  using shelf = await Shelf.open();
  // The KV service's client asks again, and then the name is taken.
  shelf.faulty.commits.push(async (call) => {
    await call();
    return await call();
  });

  const isMade = await shelf.accounts.create(account("Ann", 1));

  assertEquals(isMade, true);
  assertEquals(await namesIn(shelf.accounts), ["Ann"]);
});

Deno.test("KvAccounts create() tries again while the database is locked", async () => {
  using shelf = await Shelf.open();
  shelf.faulty.commits.push(locked, locked);

  const isMade = await shelf.accounts.create(account("Ann", 1));

  assertEquals(isMade, true);
  assertEquals(shelf.troubles, []);
});

Deno.test("KvAccounts create() that failed after all is listed nevertheless", async () => {
  using shelf = await Shelf.open();
  shelf.faulty.commits.push(failedAfter);

  const error = await assertRejects(
    () => shelf.accounts.create(account("Ann", 1)),
    ChatError,
  );

  assertEquals(error.code, "storage_failed");
  assertEquals(await namesIn(shelf.accounts), ["Ann"]);
});

Deno.test("KvAccounts tells a client that storage failed, and the operator why", async () => {
  using shelf = await Shelf.open();
  shelf.faulty.reads.push(ioError);

  const error = await assertRejects(
    () => shelf.accounts.find("id of Ann"),
    ChatError,
    "Cannot look up account: storage failed",
  );

  assertEquals(error.code, "storage_failed");
  assertEquals(shelf.troubles, ["look up account"]);
  assertEquals(await shelf.accounts.find("id of Ann"), undefined);
});

Deno.test("KvAccounts keeps what an access key opens until it is revoked", async () => {
  using shelf = await Shelf.open();
  const access = { user: "id of Ann", expiresAt: 2_000 };

  await shelf.accounts.grant("digest", access);
  const granted = await shelf.reopen().access("digest");
  await shelf.accounts.revoke("digest");

  assertEquals(granted, access);
  assertEquals(await shelf.accounts.access("digest"), undefined);
});

Deno.test("KvAccounts keeps no access key but its digest, and no name but its fold beside the record", async () => {
  using shelf = await Shelf.open();
  await shelf.accounts.create(account("Ann", 1));
  await shelf.accounts.grant("digest", { user: "id of Ann", expiresAt: 1 });

  const entries = await Array.fromAsync(shelf.kv.list({ prefix: [] }));

  assertEquals(entries.map(({ key }) => key), [
    ["access", "digest"],
    ["user", "id of Ann"],
    ["user_name", "ann"],
  ]);
});
