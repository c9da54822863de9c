/**
 * nest-chat: who is shown who is there.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { SessionKit } from "../support/session_kit.ts";
import { packet, post, registered, tell, visit } from "./nest_chat_kit.ts";

function roster(room: string, ...names: string[]): string {
  return `42["exchanges",[${names.map((name) => present(room, name)).join()}]]`;
}

function present(room: string, name: string): string {
  return `{"roomId":"${room}","username":"${name}","connected":true}`;
}

Deno.test('nest-chat ledger "registering again": the name and fields are replaced, all are told', async () => {
  using kit = await SessionKit.open();
  await post(kit, "3XX");
  const ann = await registered(kit, "3XX", "ann");
  const bob = await registered(kit, "3XX", "bob");
  ann.heardTexts();
  const again = (payload: Record<string, string>) =>
    packet("participants", { roomId: "3XX", ...payload });

  await tell(kit, ann, again({ username: "ann", mood: "happy" }));
  await tell(kit, ann, again({ username: "anna" }));

  const happy =
    '{"roomId":"3XX","username":"ann","mood":"happy","connected":true}';
  const lists = [
    `42["exchanges",[${happy},${present("3XX", "bob")}]]`,
    roster("3XX", "anna", "bob"),
  ];
  assertEquals(ann.heardTexts(), lists);
  assertEquals(bob.heardTexts(), lists);
});

Deno.test('nest-chat ledger "several rooms": a socket that is gone is told in each of them', async () => {
  using kit = await SessionKit.open();
  await post(kit, "3XX");
  await post(kit, "q");
  const ann = await registered(kit, "3XX", "ann");
  const cid = await registered(kit, "q", "cid");
  const bob = await registered(kit, "3XX", "bob");
  await tell(
    kit,
    bob,
    packet("participants", { roomId: "q", username: "bob" }),
  );
  ann.heardTexts();
  cid.heardTexts();

  bob.session.end();
  await kit.elapse(100);

  const left = (room: string, name: string) =>
    `42["participants/${room}",[${present(room, name)},` +
    `{"roomId":"${room}","username":"bob","connected":false}]]`;
  assertEquals(ann.heardTexts(), [left("3XX", "ann")]);
  assertEquals(cid.heardTexts(), [left("q", "cid")]);
});

Deno.test('nest-chat ledger "comings and goings at once": the first is told at once, the others together', async () => {
  using kit = await SessionKit.open();
  await post(kit, "3XX");
  const ann = await registered(kit, "3XX", "ann");
  const others = ["bob", "cid", "dan"];
  const visits = [];

  for (const username of others) {
    const one = await visit(kit, username);
    visits.push(one);
    await one.say(packet("participants", { roomId: "3XX", username }));
  }
  const atOnce = ann.heardTexts();
  await kit.elapse(99);
  const early = ann.heardTexts();
  await kit.elapse(1);
  const gathered = ann.heardTexts();
  for (const one of visits) one.session.end();
  await kit.elapse(100);
  const ends = ann.heardTexts();
  await kit.elapse(1_000);

  assertEquals(atOnce, [roster("3XX", "ann", "bob")]);
  assertEquals(early, []);
  assertEquals(gathered, [roster("3XX", "ann", "bob", "cid", "dan")]);
  const gone = (name: string) => present("3XX", name).replace("true", "false");
  assertEquals(ends, [
    `42["participants/3XX",[${present("3XX", "ann")},${
      others.map(gone).join()
    }]]`,
  ]);
  assertEquals(ann.heardTexts(), []);
});

Deno.test('nest-chat ledger "many participants": above 100 only the newcomer is shown all', async () => {
  using kit = await SessionKit.open();
  await post(kit, "3XX");
  const ann = await registered(kit, "3XX", "ann");
  for (let i = 2; i <= 100; i++) await kit.kit.join("3XX", `p${i}`);
  await kit.elapse(100);
  const upTo100 = ann.heardTexts().at(-1) ?? "";
  const bob = await visit(kit, "b");

  await tell(
    kit,
    bob,
    packet("participants", { roomId: "3XX", username: "bob" }),
  );

  assertEquals(JSON.parse(upTo100.slice(2))[1].length, 100);
  assertEquals(ann.heardTexts(), []);
  const [list = "", ...more] = bob.heardTexts();
  assertEquals(more, []);
  const participants = JSON.parse(list.slice(2))[1];
  assertEquals(participants.length, 101);
  assertEquals(participants.at(-1).username, "bob");
});

Deno.test('nest-chat ledger "many participants": above 16 KiB too, of which the newcomer is shown 128 KiB', async () => {
  using kit = await SessionKit.open();
  await post(kit, "3XX");
  const ann = await registered(kit, "3XX", "ann");
  const note = "x".repeat(4_000);
  let last = ann;
  let told = 0;
  for (let i = 1; i <= 50; i++) {
    last = await visit(kit, `s${i}`);
    const payload = { roomId: "3XX", username: `p${i}`, note };
    await tell(kit, last, packet("participants", payload));
    told += ann.heardTexts().length;
  }

  const [list = "", ...more] = last.heardTexts();

  assertEquals([told, more], [4, []]);
  assert(list.length > 120_000 && list.length < 132_000, `${list.length}`);
  assertEquals(JSON.parse(list.slice(2))[1].at(-1).username, "p50");
});
