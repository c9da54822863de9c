import { assertEquals } from "@std/assert";
import { SessionKit } from "../support/session_kit.ts";
import { type Frame, member, Native } from "./parley_v1_kit.ts";

const UUID = "5224ec4b-dc65-48f3-bda9-ed9d7c259807";
const DAY_MS = 24 * 3_600_000;
const account = { name: "Ann", password: "secret" };

/** A session's user, as it is asked for. */
async function userOf(native: Native): Promise<Frame> {
  return (await native.ask({ type: "hello" })).user;
}

Deno.test("a name beside credentials is ignored: they are taken whole", async () => {
  using kit = await SessionKit.open();
  const name = "Somebody";
  const ann = await Native.open(kit);

  const signedUp = await ann.ask({ type: "hello", sign_up: account, name });
  const { token } = signedUp;
  const others: Frame[] = [];
  for (
    const proof of [
      { sign_in: account },
      { token },
      { jwt: `user ${UUID} Bob` },
    ]
  ) {
    const one = await Native.open(kit);
    others.push(await one.ask({ type: "hello", ...proof, name }));
  }

  assertEquals(
    [signedUp, ...others].map(({ user }) => [user.name, user.verified]),
    [["Ann", true], ["Ann", true], ["Ann", true], ["Bob", true]],
  );
});

Deno.test("a guest that comes back with a token may take another name", async () => {
  using kit = await SessionKit.open();
  const ann = await Native.open(kit, "Ann");
  const { token } = await ann.ask({ type: "hello" });
  const again = await Native.open(kit);

  const { user } = await again.ask({ type: "hello", token, name: "Anna" });

  assertEquals([user.id, user.name], [ann.id, "Anna"]);
});

Deno.test("a hello whose name is refused has no effect", async () => {
  using kit = await SessionKit.open({ limits: { NAME_BYTES_MAX: 8 } });
  const other = await Native.open(kit, "Other");
  const { token } = await other.ask({ type: "hello" });
  const ann = await member(kit, "Ann");
  const before = await userOf(ann);
  const name = "much too long";

  for (const proof of [{ token }, { sign_up: account }, {}]) {
    const hello = { type: "hello", ...proof, name } as const;
    assertEquals(await ann.refused(hello), "too_long");
  }

  assertEquals(await userOf(ann), before);
  assertEquals(await ann.ask({ type: "leave", room: "r" }), {});
});

Deno.test("a plain hello says when an account's token ends", async () => {
  using kit = await SessionKit.open();
  const ann = await Native.open(kit);
  const signedUp = await ann.ask({ type: "hello", sign_up: account });
  kit.kit.nowMs += 1_000;

  const plain = await ann.ask({ type: "hello" });
  const again = await Native.open(kit);
  const restored = await again.ask({ type: "hello", token: plain.token });

  assertEquals(plain, signedUp);
  assertEquals(restored, signedUp);
  assertEquals(await again.ask({ type: "hello" }), signedUp);
  const { user, token_expires_at: end } = await ann.ask({ type: "sign_out" });
  assertEquals([user.verified, end], [false, kit.kit.nowMs + 30 * DAY_MS]);
});

Deno.test("nobody signs up with an empty name or password", async () => {
  using kit = await SessionKit.open();
  const ann = await Native.open(kit, "Ann");
  const before = await userOf(ann);

  for (const missing of [{ name: "" }, { password: "" }]) {
    const hello = {
      type: "hello",
      sign_up: { ...account, ...missing },
    } as const;
    assertEquals(await ann.refused(hello), "bad_field");
  }

  assertEquals(await userOf(ann), before);
  const { user } = await ann.ask({ type: "hello", sign_up: account });
  assertEquals([user.id, user.name], [ann.id, "Ann"]);
});
