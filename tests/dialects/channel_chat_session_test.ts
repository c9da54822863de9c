/**
 * channel-chat's rules about time, with timers that the tests turn.
 *
 * @module
 */
import { assertEquals, assertObjectMatch, assertRejects } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import type { RoomId } from "../../src/core/types.ts";
import { channelChat } from "../../src/dialects/channel_chat.ts";
import { type Profile, PROFILES } from "../../src/dialects/dialect.ts";
import { SessionKit, type Visit } from "../support/session_kit.ts";

const HEARTBEAT = { type: "heartbeat" };
const AUTHENTICATED = {
  document: { type: "heartbeat", authenticated: "true" },
  original: { type: "heartbeat", authenticated: true },
};
const NOT = {
  document: { type: "heartbeat", authenticated: "false" },
  original: { type: "heartbeat", authenticated: false },
};
const SUCCESS = {
  document: { type: "identity", success: "true" },
  original: { type: "identity", success: true },
};
const FAILURE = {
  document: { type: "identity", success: "false" },
  original: { type: "identity", success: false },
};

function identity(user: string): { type: string; user: string } {
  return { type: "identity", user };
}

/** Somebody in the channel `fishing`, who has heard so. */
async function visit(kit: SessionKit, profile: Profile): Promise<Visit> {
  const path = profile === "original" ? "/x/y/fishing" : "/fishing";
  const visit = await kit.open(channelChat, { path, profile });
  assertEquals(visit.heard(), [{ type: "connection", id: "fishing" }]);
  return visit;
}

/** As `visit`, under a name. */
async function named(
  kit: SessionKit,
  profile: Profile,
  name: string,
): Promise<Visit> {
  const one = await visit(kit, profile);
  await one.say(identity(name));
  assertEquals(one.heard(), [SUCCESS[profile]]);
  return one;
}

/** The next heartbeats, which a client answers if it is there. */
async function heartbeats(
  kit: SessionKit,
  { of, count, answered }: { of: Visit; count: number; answered: boolean },
): Promise<unknown[]> {
  const heard: unknown[] = [];
  for (let i = 0; i < count; i++) {
    await kit.elapse(1_000);
    if (answered) await of.say(HEARTBEAT);
    heard.push(...of.heard());
  }
  return heard;
}

for (const profile of PROFILES) {
  Deno.test(`channel-chat session sends a heartbeat every 1000 ms, the first 1000 ms after connect, in ${profile}`, async () => {
    using kit = await SessionKit.open();
    const ann = await visit(kit, profile);
    const not = NOT[profile];

    await kit.elapse(999);
    const early = ann.heard();
    await kit.elapse(1);
    const first = ann.heard();
    await kit.elapse(999);
    const between = ann.heard();
    await kit.elapse(1);
    const second = ann.heard();
    await kit.elapse(3_000);
    const more = ann.heard();

    assertEquals([early, first, between, second], [[], [not], [], [not]]);
    assertEquals(more, [not, not, not]);
  });

  Deno.test(`channel-chat session answers no heartbeat, in ${profile}`, async () => {
    using kit = await SessionKit.open();
    const ann = await named(kit, profile, "Ann");

    await ann.say(HEARTBEAT);
    await ann.say({ ...HEARTBEAT, authenticated: true });

    await kit.settled();
    assertEquals(ann.heard(), []);
    await ann.say({ type: "message", text: "control" });
    await kit.settled();
    assertEquals(ann.heard().length, 1);
  });

  Deno.test(`channel-chat session keeps the name of who answers heartbeats, in ${profile}`, async () => {
    using kit = await SessionKit.open();
    const ann = await named(kit, profile, "Ann");

    await heartbeats(kit, { of: ann, count: 20, answered: true });
    const later = await heartbeats(kit, { of: ann, count: 1, answered: true });

    assertEquals(later, [AUTHENTICATED[profile]]);
  });

  Deno.test(`channel-chat session counts the 5000 ms from the last heartbeat of the client, in ${profile}`, async () => {
    using kit = await SessionKit.open();
    const ann = await named(kit, profile, "Ann");
    await heartbeats(kit, { of: ann, count: 10, answered: true });
    await kit.elapse(500);
    await ann.say(HEARTBEAT);
    await kit.elapse(500);
    ann.heard();

    const silence = { of: ann, count: 6, answered: false };
    const heard = await heartbeats(kit, silence);

    // At 4500 ms it is kept, at 5500 ms it is cleared behind the heartbeat.
    const yes = AUTHENTICATED[profile];
    assertEquals(heard, [yes, yes, yes, yes, yes, NOT[profile]]);
  });

  Deno.test(`channel-chat session keeps the socket of who does not answer, in ${profile}`, async () => {
    using kit = await SessionKit.open();
    const ann = await named(kit, profile, "Ann");

    await kit.elapse(60_000);

    assertEquals(ann.link.closed, undefined);
    assertEquals(ann.heard().at(-1), NOT[profile]);
  });

  Deno.test(`channel-chat session that was cleared frees its name and talks without, in ${profile}`, async () => {
    using kit = await SessionKit.open();
    const ann = await named(kit, profile, "Ann");
    await kit.elapse(5_000);
    ann.heard();
    const bob = await visit(kit, profile);

    await bob.say(identity("Ann"));
    await ann.say({ type: "message", text: "who am I" });
    await kit.settled();

    const [answer, heard] = bob.heard();
    assertEquals(answer, SUCCESS[profile]);
    assertEquals(heard, {
      type: "message",
      text: "who am I",
      timestamp: profile === "original" ? 1_700_000_000_000 : 1_700_000_000,
      user: "",
    });
  });

  Deno.test(`channel-chat session that was cleared needs identity, not heartbeat, in ${profile}`, async () => {
    using kit = await SessionKit.open({
      settings: { channelIdentityDelayMs: 0 },
    });
    const ann = await named(kit, profile, "Ann");
    await kit.elapse(5_000);
    ann.heard();

    const back = await heartbeats(kit, { of: ann, count: 2, answered: true });
    await ann.say(identity("Ann"));
    const again = await heartbeats(kit, { of: ann, count: 1, answered: true });

    assertEquals(back, [NOT[profile], NOT[profile]]);
    assertEquals(again, [SUCCESS[profile], AUTHENTICATED[profile]]);
  });

  Deno.test(`channel-chat session keeps its name when another one is taken, in ${profile}`, async () => {
    using kit = await SessionKit.open();
    await named(kit, profile, "Ann");
    const bob = await named(kit, profile, "Bob");

    await bob.say(identity("Ann"));

    assertEquals(bob.heard(), [FAILURE[profile]]);
    await bob.say({ type: "message", text: "hi" });
    await kit.settled();
    const [heard] = bob.heard();
    assertObjectMatch(Object(heard), { text: "hi", user: "Bob" });
  });

  Deno.test(`channel-chat session sends no heartbeat once it has ended, in ${profile}`, async () => {
    using kit = await SessionKit.open();
    const ann = await visit(kit, profile);
    const bob = await visit(kit, profile);
    await kit.elapse(1_000);

    ann.session.end();
    await kit.elapse(2_000);

    assertEquals(ann.heard().length, 1);
    assertEquals(bob.heard().length, 3);
    assertEquals(kit.kit.timers.size, 1);
  });
}

Deno.test('channel-chat ledger "missing pong": the tick that clears a name still says authenticated, the next does not', async () => {
  using kit = await SessionKit.open();
  const ann = await named(kit, "original", "Ann");

  const silence = { of: ann, count: 7, answered: false };
  const heard = await heartbeats(kit, silence);

  const yes = { type: "heartbeat", authenticated: true };
  const no = { type: "heartbeat", authenticated: false };
  assertEquals(heard, [yes, yes, yes, yes, yes, no, no]);
});

Deno.test('channel-chat ledger "identity delay": in document, authenticated 5000 ms after success', async () => {
  using kit = await SessionKit.open();
  const ann = await visit(kit, "document");
  await heartbeats(kit, { of: ann, count: 3, answered: true });
  await kit.elapse(1);
  await ann.say(identity("Ann"));
  await kit.elapse(999);
  assertEquals(ann.heard(), [SUCCESS.document, NOT.document]);
  await ann.say(HEARTBEAT);

  const heard = await heartbeats(kit, { of: ann, count: 6, answered: true });

  const [no, yes] = [NOT.document, AUTHENTICATED.document];
  assertEquals(heard, [no, no, no, no, yes, yes]);
});

Deno.test('channel-chat ledger "identity delay": in original, authenticated at once', async () => {
  using kit = await SessionKit.open();
  const ann = await visit(kit, "original");
  await kit.elapse(999);

  await ann.say(identity("Ann"));
  await kit.elapse(1);

  assertEquals(ann.heard(), [SUCCESS.original, AUTHENTICATED.original]);
});

for (const profile of PROFILES) {
  Deno.test(`channel-chat ledger "identity delay": the name is reserved and said at once, in ${profile}`, async () => {
    using kit = await SessionKit.open();
    const ann = await named(kit, profile, "Ann");
    const bob = await visit(kit, profile);

    await bob.say(identity("Ann"));
    await ann.say({ type: "message", text: "hi" });
    await kit.settled();

    const [answer, heard] = bob.heard();
    assertEquals(answer, FAILURE[profile]);
    assertObjectMatch(Object(heard), { text: "hi", user: "Ann" });
  });
}

Deno.test('channel-chat ledger "rename": stays authenticated', async () => {
  using kit = await SessionKit.open();
  const ann = await named(kit, "document", "Ann");
  await heartbeats(kit, { of: ann, count: 6, answered: true });

  await ann.say(identity("Anna"));
  await kit.elapse(1_000);

  assertEquals(ann.heard(), [SUCCESS.document, AUTHENTICATED.document]);
});

Deno.test('channel-chat ledger "rename": is authenticated when it would have been', async () => {
  using kit = await SessionKit.open();
  const ann = await named(kit, "document", "Ann");
  await heartbeats(kit, { of: ann, count: 3, answered: true });
  await ann.say(identity("Anna"));
  assertEquals(ann.heard(), [SUCCESS.document]);

  const heard = await heartbeats(kit, { of: ann, count: 2, answered: true });

  assertEquals(heard, [NOT.document, AUTHENTICATED.document]);
});

Deno.test("channel-chat heartbeats, timeout and delay are settings", async () => {
  using kit = await SessionKit.open({
    settings: {
      channelHeartbeatMs: 100,
      channelTimeoutMs: 300,
      channelIdentityDelayMs: 200,
    },
  });
  const ann = await named(kit, "document", "Ann");

  await kit.elapse(500);

  const [no, yes] = [NOT.document, AUTHENTICATED.document];
  assertEquals(ann.heard(), [no, yes, yes, no, no]);
});

Deno.test("channel-chat sends no heartbeats where they are set to 0", async () => {
  using kit = await SessionKit.open({ settings: { channelHeartbeatMs: 0 } });
  const ann = await named(kit, "document", "Ann");

  await kit.elapse(60_000);

  assertEquals(ann.heard(), []);
  assertEquals(kit.kit.timers.size, 0);
});

Deno.test("channel-chat clears no name where the timeout is set to 0", async () => {
  using kit = await SessionKit.open({ settings: { channelTimeoutMs: 0 } });
  const ann = await named(kit, "original", "Ann");

  await kit.elapse(60_000);

  assertEquals(ann.heard().at(-1), AUTHENTICATED.original);
});

Deno.test('channel-chat ledger "channel that cannot be": it is refused, with no heartbeat behind', async () => {
  using kit = await SessionKit.open();
  const ann = kit.prepare(channelChat, { path: "/@dm/x" });

  const error = await assertRejects(
    async () => await ann.session.start(),
    ChatError,
  );
  ann.session.end();

  assertEquals(error.code, "bad_field");
  assertEquals(ann.heard(), []);
  assertEquals(kit.kit.timers.size, 0);
});

Deno.test('channel-chat ledger "channel that cannot be": members of a channel that is closed are closed with 1008', async () => {
  using kit = await SessionKit.open();
  const ann = await visit(kit, "document");
  const bob = await kit.open(channelChat, { path: "/other" });
  const { author } = kit.kit.chat.members.of("fishing" as RoomId)[0] ?? {};
  if (!author) throw new Error("nobody is in the channel");

  await kit.kit.chat.rooms.close("fishing" as RoomId, author);

  assertEquals(ann.link.closed, { code: 1008, reason: "channel was closed" });
  assertEquals(bob.link.closed, undefined);
});
