import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { PROFILES } from "../../src/dialects/dialect.ts";
import {
  error,
  field,
  join,
  keysIn,
  leave,
  NOT_SIGNED_IN,
  readMessages,
  say,
  signIn,
  signUp,
  Table,
  textsIn,
  typeOf,
  UUID,
} from "./redis_chat_kit.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Every request that needs a user. */
const REQUESTS = [join(), say("hi"), readMessages(), leave("x")];

Deno.test("redis-chat session says that it is ready, with its id", async () => {
  using table = await Table.open();

  const heard = table.sit().heard();

  const id = field(field(heard[0], "ready"), "sessionUUID");
  assertMatch(String(id), UUID);
  assertEquals(heard, [{ type: "ready", ready: { sessionUUID: String(id) } }]);
});

Deno.test("redis-chat signIn makes an account of an unknown name, and tells the signer alone", async () => {
  using table = await Table.open();
  const { seat: other } = await table.guest("Ann");
  const seat = table.sit();
  seat.heard();

  const heard = await seat.ask(signIn("Bob"));

  const { userUUID, accessKey } = keysIn(heard[0]);
  assertMatch(userUUID, UUID);
  assertEquals(heard, [
    { type: "authorized", authorized: { userUUID, accessKey } },
    {
      type: "sys",
      sys: { type: "signIn", signIn: { uuid: userUUID, username: "Bob" } },
    },
  ]);
  assertEquals(other.heard(), []);
});

Deno.test("redis-chat signIn to an account gives the same id and another key each time", async () => {
  using table = await Table.open();
  const first = await table.guest("Ann");

  const second = await first.seat.signIn("Ann");
  const third = await table.guest("Ann");

  assertEquals(second.userUUID, first.userUUID);
  assertEquals(third.userUUID, first.userUUID);
  const keys = [first, second, third].map(({ accessKey }) => accessKey);
  assertEquals(new Set(keys).size, 3);
});

Deno.test("redis-chat signIn with a wrong password changes nothing", async () => {
  using table = await Table.open();
  await table.guest("Ann");
  const { seat } = await table.guest("Bob");

  const heard = await seat.ask(signIn("Ann", "wrong"), join(), say("hi"));

  assertEquals(heard[0], error(4, "wrong password"));
  assertEquals(
    field(field(field(heard.at(-1), "channelMessage"), "Sender"), "Username"),
    "Bob",
  );
});

Deno.test("redis-chat signIn takes the id for the name, as the original does", async () => {
  using table = await Table.open();
  const { userUUID } = await table.guest("Ann");

  const keys = await table.sit().signIn(userUUID);

  assertEquals(keys.userUUID, userUUID);
});

Deno.test("redis-chat signUp makes an account and signs in, but only once for a name", async () => {
  using table = await Table.open();
  const seat = table.sit();
  seat.heard();

  const heard = await seat.ask(
    signUp("Ann"),
    signUp("ann", "not hers"),
    say("hi"),
  );

  assertEquals(heard.map(typeOf), ["authorized", "error", "channelMessage"]);
  assertEquals(heard[1], error(5, "Cannot sign up: the name is taken"));
});

for (const profile of PROFILES) {
  for (const claim of ["none", "empty", "stale"] as const) {
    Deno.test(`redis-chat handles signIn, users, channelJoin and a message sent back to back, userUUID ${claim}, in ${profile}`, async () => {
      using table = await Table.open();
      const stale = await table.guest("Stale");
      const claimed = {
        none: {},
        empty: { userUUID: "", accessKey: "" },
        stale: { userUUID: stale.userUUID, accessKey: stale.accessKey },
      }[claim];
      const seat = table.sit({ profile });
      seat.heard();

      const heard = await seat.ask(
        signIn("Pablo"),
        { type: "users", SSUID: "x", ...claimed },
        { ...join(""), ...claimed },
        { ...say("hi first", ""), ...claimed },
      );

      assertEquals(heard.map(typeOf), [
        "authorized",
        "sys",
        "users",
        "channelJoin",
        "sys",
        "channelMessage",
      ]);
      const { userUUID } = keysIn(heard[0]);
      assertEquals(field(heard[4], "userUUID"), userUUID);
      const sender = field(field(heard[5], "channelMessage"), "SenderUUID");
      assertEquals(sender, userUUID);
    });
  }
}

Deno.test("redis-chat refuses who is not signed in with 100, and stores nothing", async () => {
  using table = await Table.open();
  const ann = await table.guest("Ann");
  const { userUUID } = ann;
  const claims = [
    {},
    { userUUID },
    { userUUID, userAccessKey: "bogus" },
    { userUUID: "nobody", userAccessKey: ann.accessKey },
    { userUUID: "", userAccessKey: ann.accessKey },
  ];
  const seat = table.sit();
  seat.heard();

  const heard = await seat.ask(
    ...claims.flatMap((claim) => REQUESTS.map((one) => ({ ...one, ...claim }))),
  );

  assertEquals(heard, Array(20).fill(NOT_SIGNED_IN));
  const [page] = await ann.seat.ask(readMessages());
  assertEquals(field(field(page, "channelMessages"), "messagesTotal"), 0);
});

Deno.test("redis-chat lets a valid userUUID and key stand for a sign-in, under either name", async () => {
  using table = await Table.open();
  const { userUUID, accessKey } = await table.guest("Ann");
  const one = table.sit();
  const other = table.sit();

  one.send({ ...say("one"), userUUID, userAccessKey: accessKey });
  other.send({ ...say("other"), userUUID, accessKey });
  await Promise.all([one.settle(), other.settle()]);

  for (const seat of [one, other]) {
    const message = field(seat.heard().at(-1), "channelMessage");
    assertEquals(field(message, "SenderUUID"), userUUID);
  }
});

Deno.test("redis-chat speaks for whoever a frame proves to be, if nobody signed in there", async () => {
  using table = await Table.open();
  const ann = await table.guest("Ann");
  const bob = await table.guest("Bob");
  const gateway = table.sit();
  gateway.heard();
  const as = ({ userUUID, accessKey }: typeof ann) => ({ userUUID, accessKey });

  const heard = await gateway.ask(
    { ...say("by Ann"), ...as(ann) },
    { ...say("by Bob"), ...as(bob) },
    say("by Bob still"),
    { ...say("by nobody"), userUUID: ann.userUUID, accessKey: bob.accessKey },
  );

  assertEquals(textsIn(heard), ["by Ann", "by Bob", "by Bob still"]);
  const senders = heard.slice(0, 3).map((frame) =>
    field(field(frame, "channelMessage"), "SenderUUID")
  );
  assertEquals(senders, [ann.userUUID, bob.userUUID, bob.userUUID]);
  assertEquals(heard[3], NOT_SIGNED_IN);
});

Deno.test("redis-chat lets nobody speak as another, whatever a frame says", async () => {
  using table = await Table.open();
  const ann = await table.guest("Ann");
  const bob = await table.guest("Bob");
  const { userUUID, accessKey } = ann;

  const heard = await bob.seat.ask(
    { ...say("bogus key"), userUUID, userAccessKey: "bogus" },
    { ...say("no key"), userUUID },
    { ...say("her own key"), userUUID, accessKey },
    {
      ...say("as fields"),
      SUUID: "x",
      user: { UUID: userUUID, Username: "Ann" },
      channelMessage: {
        message: "as fields",
        senderUUID: userUUID,
        Sender: { UUID: userUUID },
        UUID: "x",
        CreatedAt: "2000-01-01T00:00:00Z",
      },
    },
  );

  const messages = heard.map((frame) => field(frame, "channelMessage"));
  assertEquals(messages.length, 4);
  for (const message of messages) {
    assertEquals(field(message, "SenderUUID"), bob.userUUID);
    assertEquals(field(message, "Sender"), {
      UUID: bob.userUUID,
      Username: "Bob",
      OnLine: false,
    });
    assertNotEquals(field(message, "UUID"), "x");
    assertEquals(field(message, "CreatedAt"), "2023-11-14T22:13:20.000Z");
  }
});

Deno.test("redis-chat knows an access key for 30 days", async () => {
  using table = await Table.open();
  const { userUUID, accessKey } = await table.guest("Ann");
  const seat = table.sit();
  seat.heard();

  table.kit.nowMs += 30 * DAY_MS - 1;
  const before = await table.sit().ask({ ...say("a"), userUUID, accessKey });
  table.kit.nowMs += 1;
  const after = await seat.ask({ ...say("b"), userUUID, accessKey });

  assertEquals(textsIn(before), ["a"]);
  assertEquals(after, [NOT_SIGNED_IN]);
});

Deno.test("redis-chat signOut ends the session's access keys and no others", async () => {
  using table = await Table.open();
  const first = await table.guest("Ann");
  const elsewhere = await table.guest("Ann");
  const second = await first.seat.signIn("Ann");
  const named = await table.guest("Ann");

  await first.seat.ask({ type: "signOut", userAccessKey: named.accessKey });

  const use = async ({ userUUID, accessKey }: typeof second) => {
    const heard = await table.sit().ask({ ...say("a"), userUUID, accessKey });
    return typeOf(heard.at(-1));
  };
  assertEquals(await use(first), "error");
  assertEquals(await use(second), "error");
  assertEquals(await use(named), "error");
  assertEquals(await use(elsewhere), "channelMessage");
});

Deno.test("redis-chat signOut ends no key of another user", async () => {
  using table = await Table.open();
  const { accessKey: named } = await table.guest("Ann");
  const seat = table.sit();
  const { userUUID, accessKey: earlier } = await seat.signIn("Ann");
  await seat.signIn("Bob");

  await seat.ask({ type: "signOut", accessKey: named });

  for (const accessKey of [named, earlier]) {
    const heard = await table.sit().ask({ ...say("a"), userUUID, accessKey });
    assertEquals(textsIn(heard), ["a"]);
  }
});

Deno.test("redis-chat signOut leaves the channels, and is told to who is in them", async () => {
  using table = await Table.open();
  const ann = await table.guest("Ann");
  const bob = await table.guest("Bob");
  await ann.seat.ask(join());
  await bob.seat.ask(join());
  ann.seat.heard();

  const heard = await bob.seat.ask({ type: "signOut" }, say("hi"), join());

  const { userUUID } = bob;
  assertEquals(heard, [
    { type: "unauthorized", unauthorized: { userUUID } },
    NOT_SIGNED_IN,
    NOT_SIGNED_IN,
  ]);
  const told = ann.seat.heard();
  assertEquals(told.map((frame) => field(frame, "sys")), [
    { type: "channelLeave", channelLeave: { recipientUUID: "0" } },
  ]);
  assertEquals(field(told[0], "userUUID"), userUUID);
});

Deno.test("redis-chat signOut of who is not signed in is error 6", async () => {
  using table = await Table.open();
  const { seat } = await table.guest("Ann");
  const stranger = table.sit();
  stranger.heard();
  const request = { type: "signOut", userUUID: "x", userAccessKey: "y" };

  const heard = await stranger.ask({ type: "signOut" }, request);
  const twice = await seat.ask({ type: "signOut" }, { type: "signOut" });

  const refused = error(6, "Cannot sign out: not signed in");
  assertEquals(heard, [refused, refused]);
  assertEquals(twice.map(typeOf), ["unauthorized", "error"]);
});

Deno.test("redis-chat answers in order: a refusal comes behind the echo of a message", async () => {
  using table = await Table.open();
  const { seat } = await table.guest("Ann");

  const heard = await seat.ask(
    say("one"),
    "no JSON",
    say("two"),
    say("x".repeat(5_000)),
    say("three"),
    { type: "nope" },
  );

  assertEquals(heard.map(typeOf), [
    "channelMessage",
    "error",
    "channelMessage",
    "error",
    "channelMessage",
    "error",
  ]);
  assertEquals(textsIn(heard), ["one", "two", "three"]);
});

Deno.test("redis-chat sign-in that ends after its socket leaves nobody online, and nobody offline", async () => {
  using table = await Table.open();
  const ann = await table.guest("Ann");
  const twin = await table.guest("Ann");
  const drain = ann.seat.link.stall();
  const waiting = ann.seat.link.awaited();

  ann.seat.send(signIn("Bob"));
  await waiting;
  ann.seat.end();
  drain();
  await ann.seat.settle();

  const [frame] = await twin.seat.ask({ type: "users" });
  const users = field(field(frame, "users"), "users");
  assertEquals(
    Object.values(users ?? {}).map((one) => [
      field(one, "Username"),
      field(one, "OnLine"),
    ]),
    [["Ann", true], ["Bob", false]],
  );
});
