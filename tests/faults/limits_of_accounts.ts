import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import type { LimitName } from "../../src/core/limits.ts";
import type { Json } from "../../src/core/types.ts";
import { ScryptSecrets } from "../../src/ops/secrets.ts";
import type { LocalServer } from "../http/local_server.ts";
import type { WsClient } from "../support/ws_client.ts";
import type { LimitCase } from "./limits_kit.ts";

const MINUTE_MS = 60_000;

/** Tells more about a refusal than its text, which comes twice. */
interface Answer {
  readonly type: string;
  readonly code?: number;
  readonly text?: string;
}

/** A client of the dialect that has accounts. */
async function connect(server: LocalServer): Promise<WsClient> {
  const client = await server.connect("redis-chat");
  assertEquals((await answer(client)).type, "ready");
  return client;
}

async function answer(client: WsClient): Promise<Answer> {
  const { type, error } = JSON.parse(await client.nextText());
  return error ? { type, code: error.code, text: error.message } : { type };
}

/** Makes an account of that name. */
async function signUp(
  client: WsClient,
  username: string,
  password = "secret",
): Promise<Answer> {
  client.send({ type: "signUp", signUp: { username, password } });
  return await answer(client);
}

/** Signs in to an account that has another password; returns the refusal. */
async function guess(client: WsClient, username = "Ann"): Promise<Answer> {
  const block = { username, password: "a guess" };
  client.send({ type: "signIn", signIn: block });
  return await answer(client);
}

async function signUpMany(client: WsClient, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) {
    assertEquals(await signUp(client, `user ${i}`), { type: "authorized" });
  }
}

async function usersOf(client: WsClient): Promise<Json> {
  client.send({ type: "users" });
  const { users } = JSON.parse(await client.nextText());
  return [users.total, users.received, users.users.length];
}

function refused(text: string): Answer {
  return { type: "error", code: 0, text };
}

const WRONG = { type: "error", code: 4, text: "wrong password" };
const TOO_MANY_ACCOUNTS = "Cannot sign up: there are 3 accounts already";

/** Hashes so many passwords at once; rejects as the first that is refused. */
async function hashAtOnce(waitingMax: number, count: number): Promise<void> {
  const secrets = new ScryptSecrets(waitingMax);
  const hashes = Array.from({ length: count }, () => secrets.hash("secret"));
  const results = await Promise.allSettled(hashes);
  for (const result of results) {
    if (result.status === "rejected") throw result.reason;
  }
}

/** The limits on accounts and passwords. */
export const ACCOUNT_CASES = {
  ACCOUNTS_MAX: {
    set: { ACCOUNTS_MAX: 3 },
    reach: async (server) => signUpMany(await connect(server), 3),
    async exceed(server) {
      const client = await connect(server);
      await signUpMany(client, 3);
      const fourth = await signUp(client, "user 4");
      assertEquals(fourth.text, TOO_MANY_ACCOUNTS);
      assertEquals((await guess(client, "user 3")).text, "wrong password");
    },
    lift: async (server) => signUpMany(await connect(server), 20),
  },
  USERS_LISTED_MAX: {
    set: { USERS_LISTED_MAX: 3 },
    async reach(server) {
      const client = await connect(server);
      await signUpMany(client, 3);
      assertEquals(await usersOf(client), [3, 3, 3]);
    },
    async exceed(server) {
      const client = await connect(server);
      await signUpMany(client, 4);
      assertEquals(await usersOf(client), [4, 3, 3]);
    },
    async lift(server) {
      const client = await connect(server);
      await signUpMany(client, 20);
      assertEquals(await usersOf(client), [20, 20, 20]);
    },
  },
  PASSWORD_CHARACTERS_MAX: {
    async reach(server) {
      const answer = await signUp(
        await connect(server),
        "Ann",
        "x".repeat(128),
      );
      assertEquals(answer, { type: "authorized" });
    },
    async exceed(server) {
      const client = await connect(server);
      assertEquals(
        await signUp(client, "Ann", "x".repeat(129)),
        refused("Cannot use password: 129 of 128 characters"),
      );
      assertEquals(await signUp(client, "Ann"), { type: "authorized" });
    },
    async lift(server) {
      const client = await connect(server);
      assertEquals(
        await signUp(client, "Ann", "x".repeat(1_025)),
        refused("Cannot use password: 1025 of 1024 characters"),
      );
      assertEquals(await signUp(client, "Ann", "x".repeat(1_024)), {
        type: "authorized",
      });
    },
  },
  WRONG_PASSWORDS_PER_MINUTE_MAX: {
    set: { WRONG_PASSWORDS_PER_MINUTE_MAX: 2 },
    async reach(server) {
      const client = await connect(server);
      await signUp(client, "Ann");
      for (let i = 0; i < 2; i++) assertEquals(await guess(client), WRONG);
      server.kit.nowMs += MINUTE_MS;
      for (let i = 0; i < 2; i++) assertEquals(await guess(client), WRONG);
    },
    async exceed(server) {
      const client = await connect(server);
      await signUp(client, "Ann");
      for (let i = 0; i < 2; i++) await guess(client);
      assertEquals(
        await guess(client),
        refused(
          "Cannot sign in: too many wrong passwords, try again in 30000 ms",
        ),
      );
      assertEquals(await signUp(client, "Bob"), { type: "authorized" });
    },
    async lift(server) {
      const client = await connect(server);
      await signUp(client, "Ann");
      for (let i = 0; i < 50; i++) assertEquals(await guess(client), WRONG);
    },
  },
  PASSWORDS_WAITING_MAX: {
    // Two are hashed at a time; these wait behind them.
    reach: () => hashAtOnce(1, 3),
    async exceed() {
      const error = await assertRejects(() => hashAtOnce(1, 4), ChatError);
      assertEquals([error.code, error.message], [
        "busy",
        "Cannot sign in: too many do",
      ]);
    },
    lift: () => hashAtOnce(Infinity, 4),
  },
} satisfies Partial<Record<LimitName, LimitCase>>;
