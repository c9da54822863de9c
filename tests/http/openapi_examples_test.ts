/**
 * Every example of `/openapi.json` against a live answer.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { ANONYMOUS } from "../../src/http/http_user.ts";
import { openApi, operationsOf } from "../../src/http/openapi.ts";
import type { Example, Operation } from "../../src/http/operation.ts";
import { defaults, LocalServer } from "./local_server.ts";
import { sayFields } from "./rest_nest_chat_kit.ts";

/** What must have happened before, by `<operation> <example>`. */
const BEFORE: Readonly<
  Record<string, (server: LocalServer) => Promise<unknown> | void>
> = {
  "sendMessage sent": nothing,
  "sendMessage again": (server) => send(server, "hello"),
  "sendMessage wrongType": nothing,
  "sendMessage closed": closeRoom,
  "sendMessage otherText": (server) => send(server, "hello"),
  "followEvents noPosition": nothing,
  "createRoom made": nothing,
  "createRoom conflict": makeRoom,
  "createRoom empty": nothing,
  "createRoom wrongType": nothing,
  "readMessages messages": talk,
  "readMessages page": talk,
  "readMessages forbidden": nothing,
  "readMessages wrongLimit": makeRoom,
  "closeRoom closed": makeRoom,
  "closeRoom missing": nothing,
  "listRooms rooms": sayInTwo,
  "listRooms one": sayInTwo,
  "listRooms noProfile": nothing,
  "showLinks links": nothing,
  "checkHealth ok": nothing,
  "checkReadiness ok": nothing,
  "checkReadiness stopping": ({ server }) => server.refuseNew(),
};

function nothing(): void {}

async function makeRoom({ kit }: LocalServer): Promise<void> {
  const maker = { via: "nest-chat", name: "Dhoni" };
  await kit.chat.rooms.createExactly("3XX" as RoomId, maker);
}

async function closeRoom(server: LocalServer): Promise<void> {
  await makeRoom(server);
  await server.kit.chat.rooms.close("3XX" as RoomId, ANONYMOUS);
}

async function send({ url }: LocalServer, text: string): Promise<void> {
  const response = await fetch(`${url}/api/v1/rooms/3XX/messages?name=Ann`, {
    method: "POST",
    body: text,
    headers: { "idempotency-key": "k1" },
  });
  await response.text();
}

async function talk({ kit }: LocalServer): Promise<void> {
  const said = [["ann", "hello", "05"], ["cat", "hello, ann", "06"]] as const;
  for (const [name, text, second] of said) {
    const createdAt = `2024-01-02T03:04:${second}.000Z`;
    await sayFields(kit, "3XX", { name, text, fields: { createdAt } });
  }
}

async function sayInTwo({ kit }: LocalServer): Promise<void> {
  const { who } = kit.admit();
  for (const room of ["general", "3XX"]) await kit.say(who, room, "hello");
}

const { linksUrl } = defaults();
const SERVER = { ...await withLimits(), linksUrl };
const OPERATIONS = operationsOf(SERVER);

async function withLimits() {
  await using server = await LocalServer.open();
  return { limits: server.kit.limits, version: "1.2.3", needsToken: false };
}

for (const operation of OPERATIONS) {
  for (const example of operation.examples) {
    const name = `${operation.id} ${example.name}`;
    Deno.test(`the documented example ${name} is what is answered`, async () => {
      await using server = await LocalServer.open();
      await BEFORE[name]?.(server);

      const response = await ask(server, operation, example);
      const text = await response.text();

      assertEquals(response.status, example.status);
      const answer = text === "" ? undefined : JSON.parse(text);
      // Made anew each time.
      if (answer?.id !== undefined) answer.id = "01HF7YAT00TCVH9RB2S8V3E4M6";
      assertEquals(answer, example.answer);
      const { schema } = operation.answers[example.status] ?? {};
      assertEquals(schema === undefined, example.answer === undefined);
      if (schema) schema.parse(example.answer);
    });
  }
}

Deno.test("every example has what must have happened before, and is documented", () => {
  const names = OPERATIONS.flatMap(({ id, examples }) =>
    examples.map(({ name }) => `${id} ${name}`)
  );
  const text = JSON.stringify(openApi(SERVER));

  assertEquals(names, Object.keys(BEFORE));
  const missing = OPERATIONS.flatMap(({ examples }) => examples).filter(
    ({ answer, summary }) =>
      answer !== undefined &&
      !text.includes(JSON.stringify({ summary, value: answer }).slice(1, -1)),
  );
  assertEquals(missing, []);
});

Deno.test("every status that is documented with a body has an example, or is hard to cause", () => {
  const without = OPERATIONS.flatMap(({ id, answers, examples }) =>
    Object.keys(answers).filter((status) =>
      !examples.some((example) => String(example.status) === status)
    ).map((status) => `${id} ${status}`)
  );

  assertEquals(without, [
    "sendMessage 401",
    "sendMessage 413",
    "sendMessage 429",
    "sendMessage 503",
    "followEvents 200",
    "followEvents 204",
    "followEvents 401",
    "followEvents 403",
    "followEvents 503",
    "createRoom 413",
    "closeRoom 400",
  ]);
});

async function ask(
  { url }: LocalServer,
  { method, path, parameters }: Operation,
  { parameters: given = {}, body }: Example,
): Promise<Response> {
  const query = new URLSearchParams();
  let filled = path;
  for (const { name, in: place, example } of parameters) {
    const value = given[name] ?? example;
    if (value === undefined) continue;
    if (place === "query") query.set(name, String(value));
    else {
      const encoded = encodeURIComponent(String(value));
      filled = filled.replace(`{${name}}`, encoded);
    }
  }
  return await fetch(`${url}${filled}?${query}`, {
    method: method.toUpperCase(),
    ...body !== undefined && {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    },
  });
}
