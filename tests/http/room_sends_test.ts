import { assertEquals, assertMatch } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { ANONYMOUS } from "../../src/http/http_user.ts";
import { HandlerKit } from "./handler_kit.ts";

const PATH = "/api/v1/rooms/r/messages";
const JSON_HEADERS = { "content-type": "application/json" };

interface Sent {
  readonly path?: string;
  readonly body?: BodyInit;
  readonly headers?: Record<string, string>;
}

async function send(
  kit: HandlerKit,
  { path = PATH, body = "hello", headers = {} }: Sent = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const init = { method: "POST", body, headers };
  const response = await kit.ask(path, init);
  const { status } = response;
  return { status, text: await response.text(), headers: response.headers };
}

async function sendJson(
  kit: HandlerKit,
  body: unknown,
  sent: Omit<Sent, "body"> = {},
) {
  const headers = { ...JSON_HEADERS, ...sent.headers };
  const answer = await send(kit, {
    ...sent,
    body: JSON.stringify(body),
    headers,
  });
  return { status: answer.status, body: JSON.parse(answer.text) };
}

async function stored({ kit }: HandlerKit, room = "r") {
  const { messages } = await kit.chat.history(room as RoomId, { limit: 9 });
  return messages.map(({ author, text }) => [author.name, text]);
}

Deno.test("a body is sent as it is, and answered by its id and seq in a line", async () => {
  using kit = await HandlerKit.open();

  const { status, text, headers } = await send(kit, { body: "a=b&c=%20 ü" });

  assertEquals(status, 201);
  assertEquals(headers.get("content-type"), "text/plain; charset=utf-8");
  assertEquals(headers.get("access-control-allow-origin"), "*");
  assertMatch(text, /^\S+ 1\n$/);
  assertEquals(await stored(kit), [["", "a=b&c=%20 ü"]]);
});

const BODIES: [body: string, text: string][] = [
  ["one\n", "one"],
  ["one\r\n", "one"],
  ["one\n\n", "one\n"],
  ["\n", ""],
  ["one\ntwo", "one\ntwo"],
  [" one ", " one "],
  ['{"text":"one"}', '{"text":"one"}'],
];

for (const [body, text] of BODIES) {
  Deno.test(`the body ${JSON.stringify(body)} is the text ${JSON.stringify(text)}`, async () => {
    using kit = await HandlerKit.open();

    await send(kit, { body });

    assertEquals(await stored(kit), [["", text]]);
  });
}

Deno.test("JSON is answered by JSON, as is who asks for it", async () => {
  using kit = await HandlerKit.open();
  const accept = { accept: "application/json" };

  const json = await sendJson(kit, { text: "one\n", name: "Ann" });
  const asked = await send(kit, { headers: accept });

  const { id, ...ack } = json.body;
  const at = 1_700_000_000_000;
  assertEquals(ack, { room: "r", epoch: "1", seq: 1, at });
  assertEquals(typeof id, "string");
  assertEquals([asked.status, JSON.parse(asked.text).seq], [201, 2]);
  assertEquals(await stored(kit), [["", "hello"], ["Ann", "one\n"]]);
});

Deno.test("a message can answer another one, which must be there", async () => {
  using kit = await HandlerKit.open();
  await send(kit);

  const answer = await sendJson(kit, { text: "yes", ["reply_to"]: 1 });
  const toNone = await sendJson(kit, { text: "yes", ["reply_to"]: 9 });

  assertEquals([answer.status, toNone.status], [201, 400]);
  const { messages } = await kit.kit.chat.history("r" as RoomId, { limit: 1 });
  assertEquals(messages[0]?.replyTo, 1);
});

Deno.test("the same key sends once, over requests, with or without a name", async () => {
  using kit = await HandlerKit.open();
  const headers = { "idempotency-key": "k1" };

  const first = await send(kit, { headers });
  const again = await send(kit, { headers, path: `${PATH}?name=Ann` });
  const json = await sendJson(kit, { text: "hello", key: "k1" });
  const other = await send(kit, { headers, body: "hullo" });
  const elsewhere = await send(kit, {
    headers,
    path: "/api/v1/rooms/s/messages",
  });

  assertEquals(again.text, first.text.replace("\n", " duplicate\n"));
  assertEquals([json.body.seq, json.body.duplicate], [1, true]);
  assertEquals([again.status, other.status, elsewhere.status], [201, 409, 201]);
  assertEquals(JSON.parse(other.text), {
    code: "conflict",
    message: "Cannot send message: its key was used for another one",
    retryable: false,
  });
  assertEquals(await stored(kit), [["", "hello"]]);
});

Deno.test("requests of one key at a time have one effect", async () => {
  using kit = await HandlerKit.open();
  const headers = { "idempotency-key": "k1" };

  const answers = await Promise.all(
    Array.from({ length: 5 }, () => send(kit, { headers })),
  );

  const lines = answers.map(({ text }) => text.split(/ |\n/)[0]);
  assertEquals(new Set(lines).size, 1);
  assertEquals((await stored(kit)).length, 1);
});

Deno.test("who brings a guest's token or an access key speaks as that user", async () => {
  using kit = await HandlerKit.open();
  const { chat } = kit.kit;
  const { who } = kit.kit.admit();
  const guest = await chat.identities.newGuest(who);
  const pair = { name: "Eve", password: "secret" };
  const account = await chat.identities.signUp(kit.kit.admit().who, {
    ...pair,
    address: "",
  });
  const as = (token = "") => ({ authorization: `Bearer ${token}` });

  const path = `${PATH}?name=Gus`;
  const byGuest = await send(kit, { path, headers: as(guest.token) });
  const byEve = await send(kit, { headers: as(account.token) });
  const renamed = await send(kit, { path, headers: as(account.token) });

  assertEquals([byGuest.status, byEve.status, renamed.status], [201, 201, 400]);
  const { messages } = await chat.history("r" as RoomId, { limit: 9 });
  assertEquals(messages.map(({ author }) => author), [
    account.user,
    { ...guest.user, name: "Gus" },
  ]);
  assertEquals(chat.online.has(account.user.id), true);
});

const BAD_TOKENS = ["Bearer x", "Bearer a.b.c", "Bearer", "Basic eDp5", ""];

for (const authorization of BAD_TOKENS) {
  Deno.test(`the authorization "${authorization}" is refused with 401`, async () => {
    using kit = await HandlerKit.open();

    const { status, text, headers } = await send(kit, {
      headers: { authorization },
    });

    assertEquals(status, 401);
    assertEquals(JSON.parse(text).code, "bad_token");
    assertEquals(
      headers.get("www-authenticate"),
      'Bearer realm="parley", error="invalid_token"',
    );
    assertEquals(await stored(kit), []);
  });
}

type Refusal = [what: string, sent: Sent, status: number, code: string];

const REFUSALS: Refusal[] = [
  ["an empty body", { body: "" }, 400, "bad_frame"],
  [
    "bytes that are no UTF-8",
    { body: new Uint8Array([0xff]) },
    400,
    "bad_frame",
  ],
  ["a form in parts", { body: new FormData() }, 400, "bad_frame"],
  ["a text that is too long", { body: "x".repeat(4_097) }, 413, "too_long"],
  ["a body that is too long", { body: "x".repeat(16_385) }, 413, "too_long"],
  ["no JSON", { body: "{", headers: JSON_HEADERS }, 400, "bad_frame"],
  ["no text", { body: "{}", headers: JSON_HEADERS }, 400, "bad_frame"],
  [
    "two keys",
    {
      body: '{"text":"a","key":"k"}',
      headers: { ...JSON_HEADERS, "idempotency-key": "l" },
    },
    400,
    "bad_frame",
  ],
  [
    "a key that is too long",
    { headers: { "idempotency-key": "k".repeat(129) } },
    413,
    "too_long",
  ],
  ["a bad name", { path: `${PATH}?name=%00` }, 400, "bad_field"],
  [
    "a room that is no UTF-8",
    { path: "/api/v1/rooms/%ff/messages" },
    400,
    "bad_field",
  ],
  [
    "two users' private room",
    { path: "/api/v1/rooms/%40dm%2Fa%2Fb/messages" },
    400,
    "bad_field",
  ],
];

for (const [what, sent, status, code] of REFUSALS) {
  Deno.test(`${what} is refused with ${status}, ${code}`, async () => {
    using kit = await HandlerKit.open();

    const answer = await send(kit, sent);

    const body = JSON.parse(answer.text);
    assertEquals([answer.status, body.code], [status, code]);
    assertEquals(Object.keys(body), ["code", "message", "retryable"]);
    assertEquals(body.retryable, false);
    assertEquals(await stored(kit), []);
  });
}

Deno.test("a closed room is refused in nest-chat's words", async () => {
  using kit = await HandlerKit.open();
  await send(kit);
  await kit.kit.chat.rooms.close("r" as RoomId, ANONYMOUS);

  const { status, text } = await send(kit);

  assertEquals([status, JSON.parse(text)], [403, {
    code: "access-forbidden",
    message: "The access is forbidden",
    retryable: false,
  }]);
});

Deno.test("more than may be from one address is 429, with when to come again", async () => {
  using kit = await HandlerKit.open({
    limits: { HTTP_SENDS_PER_SECOND_MAX: 1, HTTP_SENDS_BURST_MAX: 2 },
  });
  await send(kit);
  await send(kit);

  const tooMany = await send(kit);
  kit.kit.nowMs += 1_000;
  const later = await send(kit);

  assertEquals([tooMany.status, later.status], [429, 201]);
  assertEquals(tooMany.headers.get("retry-after"), "1");
  assertEquals(JSON.parse(tooMany.text), {
    code: "rate_limited",
    message:
      "Cannot send message: more than 1 per second, try again in 1000 ms",
    retryable: true,
  });
});

Deno.test("what the store cannot take is 503, and tells nothing of why", async () => {
  using kit = await HandlerKit.open();
  kit.kit.kv.atomic = () => {
    throw new Error("the secret of the disk");
  };

  const { status, text, headers } = await send(kit);

  const body = JSON.parse(text);
  assertEquals([status, body.code, body.retryable], [
    503,
    "storage_failed",
    true,
  ]);
  assertEquals(text.includes("secret"), false);
  assertEquals(headers.get("retry-after"), "5");
});

Deno.test("a server that is being stopped takes no messages", async () => {
  using kit = await HandlerKit.open();
  kit.readiness.trouble = "server is stopping";

  const { status, text } = await send(kit);

  assertEquals([status, JSON.parse(text).code], [503, "busy"]);
});

Deno.test("a page from elsewhere may not send where origins are named", async () => {
  using kit = await HandlerKit.open({ origins: ["https://ours.example"] });
  const from = (origin: string) => send(kit, { headers: { origin } });

  const foreign = await from("https://theirs.example");
  const ours = await from("https://ours.example");

  assertEquals([foreign.status, ours.status], [403, 201]);
  assertEquals(
    ours.headers.get("access-control-allow-origin"),
    "https://ours.example",
  );
  assertEquals((await stored(kit)).length, 1);
});

Deno.test("a bug is 500, and tells nothing of why", async () => {
  using kit = await HandlerKit.open();
  kit.kit.chat.send = () => {
    throw new TypeError("the secret of the chat");
  };

  const { status, text } = await send(kit);

  assertEquals([status, text.includes("secret")], [500, false]);
  assertEquals(kit.kit.bugs.map(String), ["TypeError: the secret of the chat"]);
});
