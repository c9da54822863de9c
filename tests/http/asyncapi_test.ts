import { assert, assertEquals } from "@std/assert";
import specs from "@asyncapi/specs";
import { Ajv } from "ajv";
import type { z } from "zod";
import type { JsonObject } from "../../src/dialects/json.ts";
import { CLIENT_FRAMES as NATIVE_FRAMES } from "../../src/dialects/parley_v1/wire.ts";
import { DIALECT_NAMES } from "../../src/dialects/registry.ts";
import { asyncApi, CHANNELS } from "../../src/http/asyncapi.ts";
import { HandlerKit } from "./handler_kit.ts";

const SERVER = { version: "1.2.3" };
const REFERENCE = /"\$ref":"#\/([^"]+)"/g;

/** The schema of AsyncAPI's own, for one document. */
function validator() {
  // Its schemas name formats and drafts of their own.
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const schema = specs.schemasWithoutId["3.0.0"] as object;
  return ajv.compile(schema);
}

Deno.test("the document is valid AsyncAPI 3", () => {
  const validate = validator();

  validate(JSON.parse(JSON.stringify(asyncApi(SERVER))));

  assertEquals(validate.errors, null);
});

Deno.test("the validator refuses what is no AsyncAPI document", () => {
  const validate = validator();
  const { info: _info, ...broken } = asyncApi(SERVER);

  assertEquals(validate(broken), false);
});

Deno.test("every reference of the document leads somewhere", () => {
  const document = asyncApi(SERVER);

  const found = Array.from(
    JSON.stringify(document).matchAll(REFERENCE),
    ([, path = ""]) => path,
  );

  assert(found.length > 200, `${found.length}`);
  const isThere = (path: string) =>
    path.split("/").reduce<unknown>(
      (value, key) => (value as JsonObject | undefined)?.[key],
      document,
    ) !== undefined;
  assertEquals(found.filter((path) => !isThere(path)), []);
});

Deno.test("the document tells of fields that are called id", () => {
  const { components } = asyncApi(SERVER) as {
    components: { schemas: Record<string, { properties: JsonObject }> };
  };

  assertEquals(Object.keys(components.schemas.User?.properties ?? {}), [
    "id",
    "number",
    "name",
    "verified",
  ]);
});

Deno.test("the document tells of all dialects and all requests", () => {
  const { channels, operations } = asyncApi(SERVER) as {
    channels: JsonObject;
    operations: JsonObject;
  };

  assertEquals(
    Object.keys(channels).toSorted(),
    DIALECT_NAMES.toSorted(),
  );
  for (const type of Object.keys(NATIVE_FRAMES)) {
    const operation = operations[`parley.v1.receive.${type}`] as JsonObject;
    assertEquals(operation.action, "receive");
    const { messages } = operation.reply as { messages: JsonObject[] };
    assertEquals(messages.map(({ $ref }) => $ref), [
      `#/channels/parley.v1/messages/parley.v1.send.${type}.ok`,
      "#/channels/parley.v1/messages/parley.v1.send.error",
    ]);
  }
});

for (const { dialect, received, sent } of CHANNELS) {
  Deno.test(`the examples of ${dialect} are as its schemas say`, () => {
    const answers = received.flatMap(({ answer }) => answer ? [answer] : []);
    const wrong: string[] = [];
    for (
      const { name, schema, example } of [...received, ...answers, ...sent]
    ) {
      const { error } = (schema as z.ZodType).safeParse(example);
      if (error) wrong.push(`${name}: ${error.message}`);
    }

    assertEquals(wrong, []);
  });
}

Deno.test("the document is served, also to pages of others", async () => {
  using kit = await HandlerKit.open();

  const response = await kit.ask("/asyncapi.json");

  assertEquals(response.status, 200);
  assertEquals(
    response.headers.get("content-type"),
    "application/json; charset=utf-8",
  );
  const { asyncapi } = await response.json();
  assertEquals(asyncapi, "3.0.0");
});
