import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import type { Participant } from "../../src/core/participant.ts";
import type { RoomId } from "../../src/core/types.ts";
import { type ChatKit, full } from "../support/chat_kit.ts";
import { raw, Town } from "./town.ts";

const lake = "lake" as RoomId;
const ANN = { id: "ann", number: 7, name: "Ann", verified: true };
const BOB = { id: "bob", number: 8, name: "Bob", verified: true };
const credentials = { name: "Ann", password: "secret", address: "" };

/** A session that speaks for a user. */
function sessionOf(kit: ChatKit, user: typeof ANN, encoder = full) {
  const session = kit.admit(encoder);
  kit.chat.identify(session.who, user);
  return session;
}

/** A member of the lake types, or does not. */
function types({ chat }: ChatKit, who: Participant, on: boolean): void {
  const room = who.rooms.get(lake);
  const user = room?.member(who.session)?.author;
  if (room && user) chat.company.type(room, { user, on }, "full");
}

Deno.test("who types on another instance is told, and when that ends, though nobody says so", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const ann = await here.join(lake, "Ann", full);
  const bob = await there.join(lake, "Bob", full);
  town.hear();
  ann.link.take();
  const type = (on: boolean) => types(there, bob.who, on);

  type(true);
  town.hear();
  const begun = ann.link.take();
  const during: unknown[] = [];
  // Its client says so again.
  for (let s = 0; s < 9; s++) {
    town.elapse(1_000);
    type(true);
    town.hear();
    during.push(...ann.link.take());
  }
  const words = town.street.house("there").told.filter(({ kind }) =>
    kind === "typing"
  );
  type(false);
  town.hear();
  const ended = ann.link.take();
  town.elapse(2_000);
  type(true);
  town.hear();
  ann.link.take();
  town.street.lose("there", "here");
  town.elapse(6_000);
  town.elapse(1_000);

  assertEquals([begun, during, ended], [["Bob types"], [], [
    "Bob types no more",
  ]]);
  assertEquals(ann.link.take(), ["Bob types no more"]);
  assertEquals(words.length, 4);
});

Deno.test("a mass of typing is not told to others whole", async () => {
  using town = await Town.open();
  const { there } = town;
  const bob = await there.join(lake, "Bob");
  const room = bob.who.rooms.get(lake);
  const house = town.street.house("there");
  const before = house.told.length;

  for (let i = 0; i < 5_000; i++) {
    const user = { ...BOB, id: `user ${i}` };
    if (room) there.chat.company.type(room, { user, on: true }, "full");
  }

  assertEquals(house.told.length - before, 400);
});

Deno.test("who has left another instance types no more", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const ann = await here.join(lake, "Ann", full);
  const bob = await there.join(lake, "Bob", full);
  types(there, bob.who, true);
  town.hear();
  town.elapse(2_000);
  ann.link.take();

  there.chat.members.leave(bob.who, lake);
  town.hear();

  assertEquals(ann.link.take(), ["Bob types no more", "departed Bob 1"]);
});

Deno.test("a user's sessions on other instances hear how far it has read", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const desk = sessionOf(here, ANN);
  const phone = sessionOf(there, ANN);
  const bob = sessionOf(there, BOB);
  await here.chat.members.join(desk.who, { room: lake, name: "", replay: 0 });
  await here.say(desk.who, lake, "one");
  await here.say(desk.who, lake, "two");
  town.hear();
  desk.link.take();

  await here.chat.markers.mark(desk.who, lake, 1);
  town.hear();

  assertEquals(phone.link.take(), ["read 1 unread 1"]);
  assertEquals([desk.link.take(), bob.link.take()], [[], []]);
});

Deno.test("a user who is elsewhere hears that somebody wrote to it", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const ann = sessionOf(here, ANN);
  const bob = sessionOf(there, BOB);
  const busy = sessionOf(there, BOB);
  const place = { direct: BOB.id };
  const direct = there.chat.roomId(busy.who, { direct: ANN.id });
  await there.chat.members.join(busy.who, {
    room: direct,
    name: "",
    replay: 0,
  });
  town.hear();
  busy.link.take();

  const wish = { room: place, name: "", text: "psst" };
  const { committed } = await here.chat.send(ann.who, wish);
  await committed;
  for (let i = 0; i < 5; i++) await town.kv.get(["nothing"]);
  town.hear();

  assertEquals(bob.link.take(), ["direct Ann 1 unread 1"]);
  // It is in the room: it reads the log.
  assertEquals(busy.link.take(), []);
});

Deno.test("a user is online until its last session on any instance has ended", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const { online } = here.chat;
  const guest = { ...BOB, verified: false };
  const one = sessionOf(there, guest);
  const other = sessionOf(there, guest);
  const states = [online.has("bob")];
  town.hear();
  states.push(online.has("bob"));
  there.chat.identities.rename(one.who, "Rob");
  there.chat.identities.rename(other.who, "Rob");
  town.hear();
  const name = online.user("bob")?.name;
  const seen = await here.chat.direct.otherOf(
    "ann",
    "@dm/ann/bob" as RoomId,
    undefined,
  );

  for (const { who } of [one, other]) {
    there.chat.dismiss(who);
    town.hear();
    states.push(online.has("bob"));
  }
  sessionOf(there, guest);
  town.street.lose("there", "here");
  town.hear();
  states.push(online.has("bob"));
  town.street.kill("there");
  town.hear();
  states.push(online.has("bob"));

  assertEquals(states, [false, true, true, false, true, false]);
  assertEquals([name, seen?.name], ["Rob", "Rob"]);
});

Deno.test("who is online for a moment is not worth a word", async () => {
  using town = await Town.open();
  const { there } = town;
  const house = town.street.house("there");

  there.chat.dismiss(sessionOf(there, BOB).who);
  town.hear();

  assertEquals(house.told, []);
});

Deno.test("sign-out signs out who lives by the same access key, on every instance", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const signedOut: string[] = [];
  const watch = (session: ReturnType<ChatKit["admit"]>, name: string) => {
    session.who.onSignedOut = () => signedOut.push(name);
    return session.who;
  };
  const first = watch(here.admit(), "first");
  const account = { ...credentials, name: "Ann" };
  const { token = "" } = await here.chat.identities.signUp(first, account);
  const tab = watch(here.admit(), "tab");
  const elsewhere = watch(there.admit(), "elsewhere");
  const changed = watch(there.admit(), "changed");
  const phone = watch(there.admit(), "phone");
  const both = watch(there.admit(), "both");
  const ended = watch(there.admit(), "ended");
  await here.chat.identities.restore(tab, token);
  await there.chat.identities.restore(elsewhere, token);
  await there.chat.identities.restore(changed, token);
  there.chat.identify(changed, BOB);
  await there.chat.identities.signIn(phone, account);
  await there.chat.identities.restore(both, token);
  await there.chat.identities.signIn(both, account);
  await there.chat.identities.restore(ended, token);
  there.chat.dismiss(ended);
  town.hear();

  await here.chat.identities.signOut(first);
  town.hear();

  assertEquals(signedOut, ["tab", "elsewhere"]);
  const { code } = await assertRejects(
    () => there.chat.identities.restore(changed, token),
    ChatError,
  );
  assertEquals(code, "bad_token");
});

Deno.test("a session that nobody taught to sign out is closed", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const desk = here.admit();
  const { token = "" } = await here.chat.identities.signUp(
    desk.who,
    credentials,
  );
  const tab = there.admit();
  await there.chat.identities.restore(tab.who, token);

  await here.chat.identities.signOut(desk.who);
  town.street.lose("here", "there");
  town.hear();

  assertEquals(tab.link.closed, { code: 1008, reason: "signed out" });
  assertEquals(desk.link.closed, undefined);
});

Deno.test("a session that was let in as its access key ended is not let in", async () => {
  using town = await Town.open();
  const { here, there } = town;
  const { who } = here.admit();
  const { token = "" } = await here.chat.identities.signUp(who, credentials);
  const late = there.admit();
  // The store answers before, and the news come between.
  const { promise, resolve } = Promise.withResolvers<void>();
  const { accounts } = there.chat;
  const opened = accounts.opened.bind(accounts);
  accounts.opened = async (key) => {
    const signedIn = await opened(key);
    await promise;
    return signedIn;
  };
  const restored = there.chat.identities.restore(late.who, token);
  for (let i = 0; i < 5; i++) await town.kv.get(["nothing"]);

  await here.chat.identities.signOut(who);
  town.hear();
  resolve();

  const { code } = await assertRejects(() => restored, ChatError);
  assertEquals(code, "bad_token");
});

Deno.test("that an access key has ended is told for ten minutes", async () => {
  using town = await Town.open();
  const { here } = town;
  const { who } = here.admit();
  await here.chat.identities.signUp(who, credentials);
  await here.chat.identities.signOut(who);
  const kept = () =>
    town.street.house("here").records.values()
      .filter(({ value }) => value.kind === "signed_out").toArray().length;

  const states = [kept()];
  town.elapse(599_999);
  states.push(kept());
  town.elapse(1);
  states.push(kept());

  assertEquals(states, [1, 1, 0]);
});

Deno.test("numbers of users are unique over all instances", async () => {
  using town = await Town.open();
  const numbers: number[] = [];

  for (let i = 0; i < 300; i++) {
    for (const { chat } of town.kits) {
      const { who } = town.here.admit(raw);
      numbers.push((await chat.author(who, "x")).number);
    }
  }

  assertEquals(new Set(numbers).size, 600);
});
