/**
 * The OpenAPI 3.1 document of what this server answers over HTTP, made from
 * the schemas that validate.
 *
 * @module
 */
import { STATUS_CODE } from "@std/http/status";
import type { z } from "zod";
import type { Limits } from "../core/limits.ts";
import type { Json } from "../core/types.ts";
import type { JsonObject } from "../dialects/json.ts";
import { chatOperations } from "./chat_operations.ts";
import { ComponentSchemas } from "./component_schemas.ts";
import { httpOperations } from "./http_operations.ts";
import { nestChatOperations } from "./nest_chat_operations.ts";
import { listedMessage, requestProblem } from "./nest_chat_schemas.ts";
import type {
  Answer,
  Example,
  Operation,
  Parameter,
  Texts,
} from "./operation.ts";

const JSON_TYPE = "application/json";

const DESCRIPTION =
  "One chat server that speaks every dialect. Rooms are the same for all of them: what is made, said and closed here is made, said and closed for every WebSocket client. Every answer can be had in two profiles, `document` (described here) and, with `?profile=original`, as the original programs answered.";

/** What a document tells of. */
export interface DocumentedServer {
  readonly version: string;
  readonly limits: Limits;
  readonly linksUrl: string;
  /** Making and closing rooms needs a token. */
  readonly needsToken: boolean;
}

/** All operations, in the order in which they are shown. */
export function operationsOf(
  { limits, linksUrl }: Pick<DocumentedServer, "limits" | "linksUrl">,
): Operation[] {
  return [
    ...chatOperations(limits),
    ...nestChatOperations(limits),
    ...httpOperations(linksUrl),
  ];
}

/** The document. It holds nothing secret. */
export function openApi(server: DocumentedServer): JsonObject {
  const { version, needsToken } = server;
  const operations = operationsOf(server);
  const schemas = ComponentSchemas.byMeta(namedSchemas(operations));
  const paths: Record<string, JsonObject> = {};
  for (const operation of operations) {
    const written = writeOperation(operation, schemas, needsToken);
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method]: written,
    };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "parley",
      version,
      summary: "Chat over HTTP",
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    // Relative to the document: also right behind a proxy, under a base path.
    servers: [{ url: ".", description: "This server" }],
    tags: tagsOf(operations),
    paths,
    components: {
      schemas: schemas.all(),
      securitySchemes: {
        userToken: USER_TOKEN,
        ...needsToken && { roomsToken: ROOMS_TOKEN },
      },
    },
  };
}

const ROOMS_TOKEN: JsonObject = {
  type: "http",
  scheme: "bearer",
  description: "The token that the server's operator has set.",
};

const USER_TOKEN: JsonObject = {
  type: "http",
  scheme: "bearer",
  description:
    "A guest's token or an account's (parley.v1's `welcome` and `hello`), or a JWT of your application.",
};

const NO_TOKEN: Json = {
  statusCode: STATUS_CODE.Unauthorized,
  message: "Cannot change rooms: token is missing",
  error: "Unauthorized",
};

const TAGS: Readonly<Record<string, string>> = {
  "curl": "Chat by curl: sending to a room, and hearing it.",
  "nest-chat": "Making, reading and closing rooms.",
  "chat-ws": "The list of rooms.",
  "redis-chat": "What redis-chat's own page asks for.",
  "operation": "For those who run the server.",
};

function tagsOf(operations: readonly Operation[]): JsonObject[] {
  const names = new Set(operations.map(({ tag }) => tag));
  return Array.from(names, (name) => ({
    name,
    description: TAGS[name] ?? name,
  }));
}

/** What bodies and answers are made of, once each. */
function namedSchemas(operations: readonly Operation[]): z.ZodType[] {
  const used = operations.flatMap(({ body, answers }) => [
    body?.schema,
    ...Object.values(answers).map(({ schema }) => schema),
  ]);
  const all = [...used, listedMessage].filter((schema) => schema !== undefined);
  return Array.from(new Set(all));
}

function writeOperation(
  operation: Operation,
  schemas: ComponentSchemas,
  needsToken: boolean,
): JsonObject {
  const { id, tag, summary, description, parameters, body } = operation;
  const isLocked = needsToken && operation.changesRooms === true;
  const answers = Object.entries(operation.answers).map(([status, answer]) => [
    status,
    writeAnswer(answer, schemas, examplesOf(operation, Number(status))),
  ]);
  const refused = { description: "The token is missing or wrong." };
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...description !== undefined && { description },
    ...parameters.length > 0 && {
      parameters: parameters.map((one) => writeParameter(one, schemas)),
    },
    ...body && { requestBody: writeBody(operation, body, schemas) },
    responses: {
      ...Object.fromEntries(answers),
      ...isLocked && {
        [STATUS_CODE.Unauthorized]: writeAnswer(
          { ...refused, schema: requestProblem },
          schemas,
          { noToken: { summary: "No token", value: NO_TOKEN } },
        ),
      },
    },
    ...isLocked && { security: [{ roomsToken: [] }] },
    ...operation.speaks && { security: [{}, { userToken: [] }] },
  };
}

function writeBody(
  operation: Operation,
  { schema, types, texts }: NonNullable<Operation["body"]>,
  schemas: ComponentSchemas,
): JsonObject {
  const written = types.map((type): [string, JsonObject] => [type, {
    schema: schemas.use(schema),
    ...type === JSON_TYPE && { examples: bodiesOf(operation) },
  }]);
  const content = Object.fromEntries([...written, ...writeTexts(texts)]);
  return { required: true, content };
}

function writeParameter(
  { name, in: place, description, schema, example }: Parameter,
  schemas: ComponentSchemas,
): JsonObject {
  return {
    name,
    in: place,
    required: place === "path",
    description,
    schema: schemas.use(schema),
    ...example !== undefined && { example },
  };
}

function writeAnswer(
  { description, schema, texts }: Answer,
  schemas: ComponentSchemas,
  examples: JsonObject,
): JsonObject {
  if (!schema && !texts) return { description };
  const json = schema ? { schema: schemas.use(schema), examples } : undefined;
  const content = {
    ...json && { [JSON_TYPE]: json },
    ...Object.fromEntries(writeTexts(texts)),
  };
  return { description, content };
}

function writeTexts(texts: Texts = {}): [string, JsonObject][] {
  return Object.entries(texts).map(([type, example]) => [
    type,
    { schema: { type: "string" }, example },
  ]);
}

/** Bodies that are taken, by the names of the examples. */
function bodiesOf({ examples }: Operation): JsonObject {
  return Object.fromEntries(
    examples.flatMap(({ name, summary, status, body }) =>
      body === undefined || status >= STATUS_CODE.BadRequest
        ? []
        : [[name, { summary, value: body }]]
    ),
  );
}

function examplesOf({ examples }: Operation, status: number): JsonObject {
  const ofStatus = examples.filter((example) => example.status === status);
  return Object.fromEntries(ofStatus.flatMap(toExample));
}

function toExample(example: Example): [string, JsonObject][] {
  const { name, summary, answer, parameters } = example;
  if (answer === undefined) return [];
  const description = parameters && `?${new URLSearchParams(parameters)}`;
  return [[name, {
    summary,
    value: answer,
    ...description !== undefined && { description },
  }]];
}
