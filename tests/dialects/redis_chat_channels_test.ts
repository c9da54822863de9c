import { assert, assertEquals } from "@std/assert";
import type { Json } from "../../src/core/types.ts";
import {
  error,
  field,
  join,
  leave,
  readMessages,
  say,
  Table,
  textsIn,
  typeOf,
} from "./redis_chat_kit.ts";

Deno.test("redis-chat channelJoin answers with the newest 10 messages, oldest first, and the users; then all are told", async () => {
  using table = await Table.open();
  const ann = await table.guest("Ann");
  await ann.seat.ask(join());
  for (let i = 1; i <= 12; i++) ann.seat.send(say(`${i}`));
  await ann.seat.ask();
  const bob = await table.guest("Bob");

  const heard = await bob.seat.ask(join());

  const channel = field(heard[0], "channelJoin");
  const texts = textsIn(field(channel, "messages"));
  assertEquals(texts, ["3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]);
  assertEquals(namesIn(channel), ["Ann", "Bob"]);
  assertEquals(heard.map(typeOf), ["channelJoin", "sys"]);
  assertEquals(ann.seat.heard(), heard.slice(1));
});

Deno.test("redis-chat channelJoin of a private channel shows both users, whoever is in it", async () => {
  using table = await Table.open();
  const ann = await table.guest("Ann");
  const bob = await table.guest("Bob");
  await ann.seat.ask(say("psst", bob.userUUID));

  const [byAnn] = await ann.seat.ask(join(bob.userUUID));
  bob.seat.end();
  const again = await table.guest("Bob");
  const [byBob] = await again.seat.ask(join(ann.userUUID));

  const ofAnn = field(byAnn, "channelJoin");
  assertEquals(field(ofAnn, "recipientUUID"), bob.userUUID);
  assertEquals(namesIn(ofAnn), ["Ann", "Bob"]);
  const ofBob = field(byBob, "channelJoin");
  assertEquals(field(ofBob, "recipientUUID"), ann.userUUID);
  assertEquals(namesIn(ofBob), ["Bob", "Ann"]);
  assertEquals(textsIn(field(ofBob, "messages")), ["psst"]);
});

Deno.test("redis-chat channelJoin shows who of a private channel's users is online", async () => {
  using table = await Table.open();
  const ann = await table.guest("Ann");
  const bob = await table.guest("Bob");
  bob.seat.end();

  const [frame] = await ann.seat.ask(join(bob.userUUID));

  const users = list(field(field(frame, "channelJoin"), "users"));
  assertEquals(users.map((one) => field(one, "OnLine")), [true, false]);
});

Deno.test("redis-chat channelJoin to oneself or to nobody is a channel of one user", async () => {
  using table = await Table.open();
  const { seat, userUUID } = await table.guest("Ann");

  const heard = await seat.ask(join(userUUID), join("no-such-user"));

  const channels = heard.map((frame) => field(frame, "channelJoin"));
  assertEquals([channels[0], channels[2]].map(namesIn), [["Ann"], ["Ann"]]);
});

Deno.test("redis-chat channelJoin by a member is answered and told again, and doubles no message", async () => {
  using table = await Table.open();
  const ann = await table.guest("Ann");
  const bob = await table.guest("Bob");
  await ann.seat.ask(join());
  await bob.seat.ask(join(), say("one"));
  ann.seat.heard();

  const heard = await bob.seat.ask(join(), say("two"));

  assertEquals(heard.map(typeOf), ["channelJoin", "sys", "channelMessage"]);
  const messages = field(field(heard[0], "channelJoin"), "messages");
  assertEquals(textsIn(messages), ["one"]);
  assertEquals(textsIn(heard), ["two"]);
  assertEquals(ann.seat.heard(), heard.slice(1));
});

Deno.test("redis-chat channelMessage is heard once by every session of its channel, sender included", async () => {
  using table = await Table.open();
  const ann = await table.guest("Ann");
  const twin = await table.guest("Ann");
  const bob = await table.guest("Bob");
  const seats = [ann.seat, twin.seat, bob.seat];
  for (const seat of seats) await seat.ask(join());
  for (const seat of seats) seat.heard();

  await ann.seat.ask(say("by Ann")).then((heard) => {
    assertEquals(textsIn(heard), ["by Ann"]);
  });
  await bob.seat.ask(say("by Bob")).then((heard) => {
    assertEquals(textsIn(heard), ["by Ann", "by Bob"]);
  });

  assertEquals(textsIn(ann.seat.heard()), ["by Bob"]);
  assertEquals(textsIn(twin.seat.heard()), ["by Ann", "by Bob"]);
});

Deno.test("redis-chat channelMessage from outside the channel is heard once by its sender too", async () => {
  using table = await Table.open();
  const ann = await table.guest("Ann");
  const bob = await table.guest("Bob");
  const cat = await table.guest("Cat");
  await bob.seat.ask(join(), join(ann.userUUID));

  const heard = await ann.seat.ask(say("public"), say("psst", bob.userUUID));

  assertEquals(textsIn(heard), ["public", "psst"]);
  assertEquals(textsIn(bob.seat.heard()), ["public", "psst"]);
  assertEquals(cat.seat.heard(), []);
});

Deno.test("redis-chat channelMessages pages from new to old", async () => {
  using table = await Table.open();
  const { seat, userUUID } = await table.guest("Ann");
  for (let i = 1; i <= 12; i++) seat.send(say(`${i}`));
  await seat.ask();

  const heard = await seat.ask(
    readMessages(),
    readMessages({ offset: 1, limit: 1 }),
    readMessages({ offset: 10, limit: 99 }),
    readMessages({ offset: 12 }),
    readMessages({ recipientUUID: userUUID }),
  );

  assertEquals(heard.map(typeOf), Array(5).fill("channelRead"));
  const pages = heard.map((frame) => field(frame, "channelMessages"));
  assertEquals(pages.map((page) => textsIn(field(page, "messages"))), [
    ["12", "11", "10", "9", "8", "7", "6", "5", "4", "3"],
    ["11"],
    ["2", "1"],
    [],
    [],
  ]);
  const totals = pages.map((page) => field(page, "messagesTotal"));
  assertEquals(totals, [12, 12, 12, 12, 0]);
  const received = pages.map((page) => field(page, "messagesReceived"));
  assertEquals(received, [10, 1, 2, 0, 0]);
});

Deno.test("redis-chat lists of messages are cut to what a socket may have waiting", async () => {
  const limits = { OUTBOX_BYTES_MAX: 40_000 };
  using table = await Table.open({ limits });
  const { seat } = await table.guest("Ann");
  // Six bytes in JSON for each, twice in a message.
  for (let i = 0; i < 12; i++) seat.send(say(`${i}${"\u0001".repeat(500)}`));
  await seat.ask();

  seat.send(readMessages({ limit: 99 }), join());
  await seat.settle();

  const lengths = seat.link.frames.map((text) => text.length);
  const [page, channel] = seat.heard();
  assert(lengths.every((length) => length < 21_000), `${lengths}`);
  const read = field(page, "channelMessages");
  assertEquals(field(read, "messagesReceived"), 3);
  assertEquals(field(read, "messagesTotal"), 12);
  assertEquals(beginnings(field(read, "messages")), ["11", "10", "9"]);
  const joined = field(field(channel, "channelJoin"), "messages");
  assertEquals(beginnings(joined), ["9", "10", "11"]);
});

Deno.test("redis-chat channelJoin shows no more users than a list may have, the joiner among them", async () => {
  using table = await Table.open({ limits: { USERS_LISTED_MAX: 2 } });
  for (const name of ["Ann", "Bob", "Cat"]) {
    await table.guest(name).then(({ seat }) => seat.ask(join()));
  }
  const dan = await table.guest("Dan");

  const [frame] = await dan.seat.ask(join());

  assertEquals(namesIn(field(frame, "channelJoin")), ["Cat", "Dan"]);
});

Deno.test("redis-chat channelLeave is confirmed, and told to who stays", async () => {
  using table = await Table.open();
  const ann = await table.guest("Ann");
  const bob = await table.guest("Bob");
  await ann.seat.ask(join(bob.userUUID));
  await bob.seat.ask(join(ann.userUUID));
  ann.seat.heard();

  const heard = await bob.seat.ask(leave(ann.userUUID));
  const after = await ann.seat.ask(say("still there?", bob.userUUID));

  const recipientUUID = ann.userUUID;
  assertEquals(heard, [
    { type: "channelLeave", channelLeave: { recipientUUID } },
  ]);
  assertEquals(field(after[0], "sys"), {
    type: "channelLeave",
    channelLeave: { recipientUUID },
  });
  assertEquals(field(after[0], "userUUID"), bob.userUUID);
  assertEquals(textsIn(after), ["still there?"]);
  assertEquals(bob.seat.heard(), []);
});

Deno.test("redis-chat channelLeave is refused for the public channel and where one is not", async () => {
  using table = await Table.open();
  const { seat } = await table.guest("Ann");
  await seat.ask(join());

  const heard = await seat.ask(
    ...["", "0", 0, null].map((recipientUUID) => leave(recipientUUID)),
    leave(),
    leave("nobody"),
    say("still here"),
  );

  const refused = error(0, "Cannot leave the public channel");
  assertEquals(heard.slice(0, 5), Array(5).fill(refused));
  assertEquals(heard[5], error(0, "channel not found"));
  assertEquals(textsIn(heard.slice(6)), ["still here"]);
});

for (const form of ["", "0", 0]) {
  Deno.test(`redis-chat calls the public channel ${JSON.stringify(form)} where it was joined so`, async () => {
    using table = await Table.open();
    const ann = await table.guest("Ann");
    const other = await table.guest("Other");
    await other.seat.ask(join());

    const heard = await ann.seat.ask(join(form), say("hi"));

    const named = field(field(heard[0], "channelJoin"), "recipientUUID");
    assertEquals(named, form === "" ? undefined : form);
    const message = field(heard[2], "channelMessage");
    assertEquals(field(message, "RecipientUUID"), form);
    assertEquals(field(message, "recipientUUID"), form);
    const elsewhere = field(other.seat.heard().at(-1), "channelMessage");
    assertEquals(field(elsewhere, "RecipientUUID"), "0");
  });
}

Deno.test("redis-chat users are listed by who came first, without what is secret", async () => {
  using table = await Table.open({ limits: { USERS_LISTED_MAX: 2 } });
  const ann = await table.guest("Ann");
  const bob = await table.guest("Bob");
  bob.seat.end();
  await table.guest("Cat");

  const document = await table.sit().ask({ type: "users" });
  const original = await table.sit({ profile: "original" }).ask({
    type: "users",
  });

  const rows = [
    { UUID: ann.userUUID, Username: "Ann", OnLine: true },
    { UUID: bob.userUUID, Username: "Bob", OnLine: false },
  ];
  assertEquals(original[1], {
    type: "users",
    users: { total: 3, received: 2, users: rows },
  });
  const shown = rows.map((row) => ({
    ...row,
    username: row.Username,
    Password: "",
  }));
  assertEquals(document[1], {
    type: "users",
    users: { total: 3, received: 2, users: shown },
  });
});

Deno.test("redis-chat users are listed to members alone, if so set", async () => {
  using table = await Table.open();
  const stranger = table.sit({ users: "members" });
  const { seat, ...keys } = await table.guest("Ann", { users: "members" });
  stranger.heard();

  const { userUUID, accessKey } = keys;
  const refused = await stranger.ask({ type: "users" });
  const proven = await stranger.ask({ type: "users", userUUID, accessKey });
  const heard = await seat.ask({ type: "users" });

  assertEquals(refused, [error(100, "Cannot use channel: sign in first")]);
  assertEquals([...proven, ...heard].map(typeOf), ["users", "users"]);
});

Deno.test("redis-chat user is online until its last session ends, signs out or becomes another", async () => {
  using table = await Table.open();
  const seats = [];
  for (let i = 0; i < 3; i++) seats.push((await table.guest("Ann")).seat);
  const [first, second, third] = seats;
  const watcher = table.sit();
  const isOnline = async () => {
    const [frame] = (await watcher.ask({ type: "users" })).slice(-1);
    const [ann] = list(field(field(frame, "users"), "users"));
    return field(ann, "OnLine");
  };

  const states = [await isOnline()];
  await first?.ask({ type: "signOut" });
  states.push(await isOnline());
  await second?.signIn("Bob");
  states.push(await isOnline());
  third?.end();
  states.push(await isOnline());

  assertEquals(states, [true, true, true, false]);
});

function namesIn(channel: Json | undefined): Json[] {
  return list(field(channel, "users")).map((user) =>
    field(user, "Username") ?? ""
  );
}

/** What the texts of messages begin with. */
function beginnings(messages: Json | undefined): string[] {
  return textsIn(messages).map((text) => String(text).split("\u0001")[0] ?? "");
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
