import { assert, assertEquals } from "@std/assert";
import { Validator } from "@seriousme/openapi-schema-validator";
import { resolveLimits } from "../../src/core/limits.ts";
import type { JsonObject } from "../../src/dialects/json.ts";
import { openApi } from "../../src/http/openapi.ts";
import { HandlerKit } from "./handler_kit.ts";

const SERVER = {
  version: "1.2.3",
  limits: resolveLimits(),
  linksUrl: "https://links.example",
  needsToken: false,
};

/** The parts of a document that these tests look into. */
interface ReadDocument {
  readonly info: { readonly version: string };
  readonly paths: Record<string, Record<string, ReadOperation>>;
  readonly components: JsonObject & { readonly schemas: JsonObject };
}

interface ReadOperation {
  readonly operationId: string;
  readonly parameters?: readonly { name: string; schema: JsonObject }[];
  readonly security?: unknown;
  readonly responses: Record<string, unknown>;
}

async function served(kit: HandlerKit): Promise<ReadDocument> {
  const response = await kit.ask("/openapi.json");
  assertEquals(
    response.headers.get("content-type"),
    "application/json; charset=utf-8",
  );
  return await response.json();
}

for (const needsToken of [false, true]) {
  const state = needsToken ? "needed" : "not needed";
  Deno.test(`the document is valid OpenAPI 3.1, a token ${state}`, async () => {
    const document = openApi({ ...SERVER, needsToken });

    const validator = new Validator();
    const result = await validator.validate({ ...document });

    assertEquals(result.errors, undefined);
    assertEquals([result.valid, validator.version], [true, "3.1"]);
  });
}

Deno.test("the validator refuses what is no OpenAPI document", async () => {
  const { info: _info, ...broken } = openApi(SERVER);

  const { valid } = await new Validator().validate({ ...broken });

  assertEquals(valid, false);
});

Deno.test("every reference in the document leads somewhere", () => {
  const document = openApi(SERVER);
  const text = JSON.stringify(document);

  const references = Array.from(
    text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g),
    ([, name = ""]) => name,
  );

  const { schemas } = (document as unknown as ReadDocument).components;
  assert(references.length > 10);
  assertEquals(references.filter((name) => !Object.hasOwn(schemas, name)), []);
  assertEquals(
    Object.keys(schemas).filter((name) => !references.includes(name)),
    [],
  );
});

Deno.test("the document tells of every endpoint and of the limits in force", async () => {
  using kit = await HandlerKit.open({ limits: { MESSAGES_LISTED_MAX: 7 } });

  const { info, paths } = await served(kit);

  assertEquals(info.version, "1.2.3");
  assertEquals(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`)
    ),
    [
      "post /api/v1/rooms/{id}/messages",
      "get /api/v1/rooms/{id}/messages",
      "get /api/v1/rooms/{id}/events",
      "post /api/v1/rooms",
      "delete /api/v1/rooms/{id}",
      "get /rooms",
      "get /links",
      "get /healthz",
      "get /readyz",
    ],
  );
  const { parameters } = paths["/api/v1/rooms/{id}/messages"]?.get ?? {};
  assertEquals(parameters?.find(({ name }) => name === "limit")?.schema, {
    type: "integer",
    minimum: 1,
    maximum: 7,
  });
});

Deno.test("a lifted limit is not a number of the document", () => {
  const limits = resolveLimits({
    MESSAGES_LISTED_MAX: 0,
    ANSWER_BYTES_MAX: 0,
    BODY_BYTES_MAX: 0,
  });

  const text = JSON.stringify(openApi({ ...SERVER, limits }));

  assertEquals(text.match(/Infinity|9007199254740991|null/g), null);
});

Deno.test("the document says what needs the token, and not which it is", async () => {
  using locked = await HandlerKit.open({ roomsToken: "s3cret-canary" });
  using open = await HandlerKit.open();
  const needing = ({ paths }: ReadDocument) =>
    Object.values(paths).flatMap((methods) => Object.values(methods))
      .filter(({ security, responses }) =>
        JSON.stringify(security)?.includes("roomsToken") && responses["401"]
      )
      .map(({ operationId }) => operationId);

  const document = await served(locked);

  assertEquals(needing(document), ["createRoom", "closeRoom"]);
  assertEquals(JSON.stringify(document).includes("s3cret-canary"), false);
  assertEquals(needing(await served(open)), []);
});

Deno.test("the document may be read by any page, and is not sent twice", async () => {
  using kit = await HandlerKit.open();
  const { headers, body } = await kit.ask("/openapi.json");
  await body?.cancel();

  const again = await kit.ask("/openapi.json", {
    headers: { "if-none-match": headers.get("etag") ?? "" },
  });

  assertEquals(headers.get("access-control-allow-origin"), "*");
  assertEquals([again.status, await again.text()], [304, ""]);
});
