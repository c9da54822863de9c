import { assertEquals } from "@std/assert";
import { monotonicUlid } from "@std/ulid";
import { Accounts } from "../../src/core/accounts.ts";
import { ChatKit } from "../support/chat_kit.ts";
import { PlainSecrets } from "../support/plain_secrets.ts";

Deno.test("wrong passwords that are tried at the same time count as well", async () => {
  const limits = { WRONG_PASSWORDS_PER_MINUTE_MAX: 2 };
  using kit = await ChatKit.open({ limits });
  const gate = Promise.withResolvers<void>();
  const verify = async () => {
    await gate.promise;
    return false;
  };
  const accounts = new Accounts({
    accounts: kit.store.accounts,
    secrets: Object.assign(new PlainSecrets(), { verify }),
    clock: { now: () => kit.nowMs, elapsed: () => kit.nowMs },
    ids: { ulid: monotonicUlid, uuid: () => crypto.randomUUID() },
    limits: kit.limits,
    takeUserNumber: () => Promise.resolve(1),
  });
  const ann = { name: "Ann", password: "a guess", address: "10.0.0.1" };
  await accounts.signUp(ann);

  const tries = Array.from(
    { length: 10 },
    () => accounts.signIn(ann).then(() => "in", (error) => error.code),
  );
  await kit.store.accounts.findByName("Ann");
  gate.resolve();

  const codes: string[] = await Promise.all(tries);
  assertEquals(codes.filter((code) => code === "wrong_password").length, 2);
});
