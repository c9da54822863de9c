import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import { resolveLimits } from "../../src/core/limits.ts";
import { SignInGuard } from "../../src/core/sign_in_guard.ts";

/** A guard of two wrong passwords a minute, with a clock that stands still. */
function makeGuard(perMinute = 2) {
  const clock = { nowMs: 0, now: () => 0, elapsed: () => clock.nowMs };
  const limits = resolveLimits({ WRONG_PASSWORDS_PER_MINUTE_MAX: perMinute });
  const guard = new SignInGuard({ limits, clock });

  /** What becomes of one try. */
  async function attempt(
    result: Promise<boolean> | boolean,
    { account = "ann", address = "here" } = {},
  ): Promise<string> {
    const verify = () => Promise.resolve(result);
    return await guard.attempt({ account, address }, verify).then(
      (isRight) => isRight ? "right" : "wrong",
      (error) => error instanceof ChatError ? error.message : String(error),
    );
  }
  return { attempt, clock };
}

function later(ms: number): string {
  return `Cannot sign in: too many wrong passwords, try again in ${ms} ms`;
}

Deno.test("SignInGuard refuses until one wrong password is forgiven", async () => {
  const { attempt, clock } = makeGuard();
  await attempt(false);
  await attempt(false);

  const refused = await attempt(true);
  clock.nowMs += 15_000;
  const soon = await attempt(true);
  clock.nowMs += 15_000;
  const then = await attempt(false);
  const again = await attempt(true);

  assertEquals(refused, later(30_000));
  assertEquals(soon, later(15_000));
  assertEquals(then, "wrong");
  assertEquals(again, later(30_000));
});

Deno.test("SignInGuard lets no more be tried at a time than may be wrong", async () => {
  const { attempt } = makeGuard();
  const gate = Promise.withResolvers<boolean>();

  const tries = Array.from({ length: 10 }, () => attempt(gate.promise));
  gate.resolve(false);

  const outcomes = await Promise.all(tries);
  assertEquals(outcomes.filter((one) => one === "wrong").length, 2);
  assertEquals(outcomes.filter((one) => one === later(30_000)).length, 8);
});

Deno.test("SignInGuard lets right passwords wait for each other", async () => {
  const { attempt } = makeGuard();
  const gate = Promise.withResolvers<boolean>();

  const tries = Array.from({ length: 10 }, () => attempt(gate.promise));
  gate.resolve(true);

  assertEquals(await Promise.all(tries), Array(10).fill("right"));
});

Deno.test("SignInGuard counts nothing that could not be verified", async () => {
  const { attempt } = makeGuard();
  const busy = new ChatError("busy", "busy");
  for (let i = 0; i < 5; i++) {
    assertEquals(await attempt(Promise.reject(busy)), "busy");
  }

  assertEquals(await attempt(false), "wrong");
});

Deno.test("SignInGuard counts by address over all accounts", async () => {
  const { attempt } = makeGuard();
  await attempt(false, { account: "ann" });
  await attempt(false, { account: "bob" });

  const third = await attempt(true, { account: "cat" });
  const elsewhere = await attempt(true, { account: "cat", address: "there" });

  assertEquals([third, elsewhere], [later(30_000), "right"]);
});

Deno.test("SignInGuard counts by account over the addresses that it does not know", async () => {
  const { attempt } = makeGuard();
  await attempt(true, { address: "home" });
  for (let i = 0; i < 10; i++) await attempt(false, { address: `far ${i}` });

  const far = await attempt(true, { address: "far away" });
  const home = await attempt(true, { address: "home" });

  assertEquals([far, home], [later(6_000), "right"]);
});

Deno.test("SignInGuard refuses nothing where the limit is lifted", async () => {
  const { attempt } = makeGuard(0);

  for (let i = 0; i < 200; i++) assertEquals(await attempt(false), "wrong");
});

Deno.test("SignInGuard passes a failure on as it is", async () => {
  const limits = resolveLimits();
  const clock = { now: () => 0, elapsed: () => 0 };
  const guard = new SignInGuard({ limits, clock });
  const attempt = { account: "ann", address: "here" };

  await assertRejects(
    () => guard.attempt(attempt, () => Promise.reject(new RangeError("x"))),
    RangeError,
    "x",
  );
});
