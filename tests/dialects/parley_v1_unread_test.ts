import { assertEquals } from "@std/assert";
import { ChatError } from "../../src/core/errors.ts";
import { parleyV1 } from "../../src/dialects/parley_v1/session.ts";
import { idOfUnread } from "../../src/dialects/parley_v1/request_id.ts";
import { SessionKit } from "../support/session_kit.ts";
import { type Frame } from "./parley_v1_kit.ts";

const deep = "[".repeat(40) + "]".repeat(40);

for (
  const [what, frame, id] of [
    ["a number", '{"type":"send","id":7,"text":"x"}', 7],
    ["a string", ' { "id" : "a\\"b" , "type":"send"}', 'a"b'],
    ["the last field", '{"type":"ping","id":-1}', -1],
    ["behind a structure", '{"data":{"id":1,"a":[{"id":2}]},"id":3}', 3],
    ["behind a string that looks like one", '{"text":"\\"id\\":4,","id":5}', 5],
    ["in a frame that is cut", '{"id":6,"text":"...', 6],
    [
      "behind the units in which it is sought",
      `{"a":"${"x".repeat(4_096)}","id":8}`,
      null,
    ],
    ["a value by that name", '{"a":"id","b":9}', null],
    ["a fraction", '{"id":1.5}', null],
    ["a number that is too large", '{"id":99999999999999999999}', null],
    ["a string that is too long", `{"id":"${"x".repeat(65)}"}`, null],
    ["null", '{"id":null}', null],
    ["none", '{"type":"ping"}', null],
    ["no object", '[{"id":1}]', null],
    ["no JSON", 'hello {"id":1}', null],
    ["nothing", "", null],
  ] as const
) {
  Deno.test(`the id of an unread frame: ${what}`, () => {
    assertEquals(idOfUnread(frame), id);
  });
}

Deno.test("a frame that is refused unread is answered by its id", async () => {
  using kit = await SessionKit.open();
  const visit = await kit.open(parleyV1);
  visit.heard();

  const error = new ChatError("rate_limited", "slow");
  visit.session.refuse(error, '{"type":"send","id":"a","room":"r"}');
  await visit.say(`{"type":"send","id":2,"data":${deep}}`);
  visit.session.refuse(error, "{}");

  const heard = visit.heard() as Frame[];
  assertEquals(heard.map(({ id, code }) => [id, code]), [
    ["a", "rate_limited"],
    [2, "bad_frame"],
    [null, "rate_limited"],
  ]);
});
