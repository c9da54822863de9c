import { assert, assertEquals } from "@std/assert";
import { HandlerKit } from "./handler_kit.ts";
import { answered, JSON_TYPE, sayFields } from "./rest_nest_chat_kit.ts";

const PATH = "/api/v1/rooms/r/messages";

async function orders(kit: HandlerKit, query = ""): Promise<number[]> {
  const { status, text } = await answered(kit, PATH + query);
  assertEquals(status, 200);
  return JSON.parse(text).map(({ order }: { order: number }) => order);
}

/** What the transcript's two senders say. */
async function sayAsRecorded(kit: HandlerKit): Promise<void> {
  await sayFields(kit.kit, "r", {
    name: "ann",
    text: "hello",
    fields: { createdAt: "2024-01-02T03:04:05.000Z" },
  });
  await sayFields(kit.kit, "r", {
    name: "cat",
    text: "outsider",
    fields: { order: 99, extra: true },
  });
}

Deno.test("original: messages are listed byte for byte as recorded", async () => {
  using kit = await HandlerKit.open({ profile: "original" });
  await sayAsRecorded(kit);

  assertEquals(await answered(kit, PATH), {
    status: 200,
    type: JSON_TYPE,
    text:
      '[{"order":1,"username":"ann","content":"hello","createdAt":"2024-01-02T03:04:05.000Z"},{"order":2,"username":"cat","content":"outsider"}]',
  });
});

Deno.test("document: a message that bears no time has the server's", async () => {
  using kit = await HandlerKit.open();
  await sayAsRecorded(kit);
  await kit.say("r");

  assertEquals(JSON.parse((await answered(kit, PATH)).text), [
    {
      order: 1,
      username: "ann",
      content: "hello",
      createdAt: "2024-01-02T03:04:05.000Z",
    },
    {
      order: 2,
      username: "cat",
      content: "outsider",
      createdAt: "2023-11-14T22:13:20.000Z",
    },
    {
      order: 3,
      username: "x",
      content: "hello",
      createdAt: "2023-11-14T22:13:20.000Z",
    },
  ]);
});

Deno.test("original: a message of another dialect has the server's time", async () => {
  using kit = await HandlerKit.open({ profile: "original" });
  await kit.say("r");

  assertEquals(
    (await answered(kit, PATH)).text,
    '[{"order":1,"username":"x","content":"hello","createdAt":"2023-11-14T22:13:20.000Z"}]',
  );
});

Deno.test("createdAt is listed as it was given, whatever it is", async () => {
  using kit = await HandlerKit.open();
  const given = [5, "yesterday", { a: [1] }, false, ""];
  for (const createdAt of given) {
    await sayFields(kit.kit, "r", {
      name: "ann",
      text: "a",
      fields: { createdAt },
    });
  }

  const rows = JSON.parse((await answered(kit, PATH)).text);

  assertEquals(
    rows.map(({ createdAt }: { createdAt: unknown }) => createdAt),
    given,
  );
});

Deno.test("texts and names come out as they went in", async () => {
  using kit = await HandlerKit.open();
  const said = { name: '"</script>', text: "a\n\u2028<b>\\ 👩‍👩‍👧 \u0001" };
  await sayFields(kit.kit, "r", { ...said, fields: {} });

  const [row] = JSON.parse((await answered(kit, PATH)).text);

  assertEquals([row.username, row.content], [said.name, said.text]);
});

Deno.test("limit and before page through a room's messages", async () => {
  using kit = await HandlerKit.open();
  for (let i = 0; i < 7; i++) await kit.say("r");

  assertEquals(await orders(kit), [1, 2, 3, 4, 5, 6, 7]);
  assertEquals(await orders(kit, "?limit=3"), [5, 6, 7]);
  assertEquals(await orders(kit, "?limit=3&before=5"), [2, 3, 4]);
  assertEquals(await orders(kit, "?before=2"), [1]);
  assertEquals(await orders(kit, "?before=1"), []);
  assertEquals(await orders(kit, "?before=1000000"), [1, 2, 3, 4, 5, 6, 7]);
  assertEquals(await orders(kit, "?limit=1000"), [1, 2, 3, 4, 5, 6, 7]);
});

const LIMIT = "limit must be an integer, 1 to 1000";
const BEFORE = "before must be an integer, 1 or more";
const QUERY_ROWS: [query: string, lines: string[]][] = [
  ["limit=0", [LIMIT]],
  ["limit=-1", [LIMIT]],
  ["limit=1001", [LIMIT]],
  ["limit=1e3", [LIMIT]],
  ["limit=1.5", [LIMIT]],
  ["limit=", [LIMIT]],
  ["limit=0x10", [LIMIT]],
  ["limit=99999999999999999999", [LIMIT]],
  ["before=0", [BEFORE]],
  ["before=", [BEFORE]],
  ["before=-5", [BEFORE]],
  ["before=MTIz", [BEFORE]],
  ["before=99999999999999999999", [BEFORE]],
  ["limit=a&before=b", [LIMIT, BEFORE]],
];

for (const [query, lines] of QUERY_ROWS) {
  Deno.test(`GET messages?${query} is 400`, async () => {
    using kit = await HandlerKit.open();
    await kit.say("r");

    const { status, text } = await answered(kit, `${PATH}?${query}`);

    assertEquals([status, JSON.parse(text)], [400, {
      statusCode: 400,
      message: lines,
      error: "Bad Request",
    }]);
  });
}

Deno.test("a list longer than it may be keeps the newest", async () => {
  using kit = await HandlerKit.open({ limits: { MESSAGES_LISTED_MAX: 2 } });
  for (let i = 0; i < 4; i++) await kit.say("r");

  assertEquals(await orders(kit), [3, 4]);
  assertEquals(await orders(kit, "?before=3"), [1, 2]);
  const { text } = await answered(kit, `${PATH}?limit=3`);
  assertEquals(JSON.parse(text).message, ["limit must be an integer, 1 to 2"]);
});

Deno.test("a list of more bytes than it may have keeps the newest, and pages on", async () => {
  using kit = await HandlerKit.open({ limits: { ANSWER_BYTES_MAX: 10_000 } });
  const { who } = kit.kit.admit();
  for (let i = 0; i < 9; i++) await kit.kit.say(who, "r", "é".repeat(1_900));

  const seen: number[][] = [];
  for (let before = 10; before > 1; before = seen.at(-1)?.[0] ?? 0) {
    const { text } = await answered(kit, `${PATH}?before=${before}`);
    assert(new TextEncoder().encode(text).length <= 10_000);
    seen.push(JSON.parse(text).map(({ order }: { order: number }) => order));
  }

  assertEquals(seen, [[8, 9], [6, 7], [4, 5], [2, 3], [1]]);
});

Deno.test("one message is listed however small the bound is", async () => {
  using kit = await HandlerKit.open({ limits: { ANSWER_BYTES_MAX: 1 } });
  await kit.say("r");
  await kit.say("r");

  assertEquals(await orders(kit), [2]);
  assertEquals(await orders(kit, "?before=2"), [1]);
});

Deno.test("a thousand of the longest texts are cut at a mebibyte", async () => {
  using kit = await HandlerKit.open({ limits: { TEXT_BYTES_MAX: 0 } });
  const { who } = kit.kit.admit();
  const text = "x".repeat(16_384);
  await Promise.all(
    Array.from({ length: 1_000 }, () => kit.kit.say(who, "r", text)),
  );

  const answer = await answered(kit, PATH);

  assertEquals(JSON.parse(answer.text).length, 63);
  assert(answer.text.length <= 1_048_576);
});
