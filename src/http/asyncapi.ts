/**
 * The AsyncAPI 3 document of what goes over sockets, in six dialects, made from
 * the schemas that validate.
 *
 * It is told from the server's side: the server `receive`s what clients send. It
 * names no host, so that it is right behind any proxy.
 *
 * @module
 */
import type { z } from "zod";
import type { JsonObject } from "../dialects/json.ts";
import { PARTS } from "../dialects/parley_v1/frames.ts";
import { ComponentSchemas } from "./component_schemas.ts";
import type { WireChannel, WireMessage, WireRequest } from "./wire_channel.ts";
import { CHANNEL_CHAT, CHAT_WS, NEST_CHAT, WSCHAT } from "./wire_foreign.ts";
import { NATIVE } from "./wire_native.ts";
import { REDIS_CHAT } from "./wire_redis_chat.ts";

const DESCRIPTION =
  "One chat server that speaks every dialect, over WebSockets on one port. Rooms are the same for all of them. A client chooses its dialect by `?dialect=<name>`, by the subprotocol of that name, or by the path. The five foreign dialects are described as their documents say them; `?profile=original` gives what the original programs sent.";

/** All dialects, in the order in which they are shown. */
export const CHANNELS: readonly WireChannel[] = [
  NATIVE,
  CHAT_WS,
  CHANNEL_CHAT,
  WSCHAT,
  REDIS_CHAT,
  NEST_CHAT,
];

/** One message with the id that it has in the document. */
interface Placed {
  readonly id: string;
  readonly message: WireMessage;
}

/** The document. It holds nothing secret. */
export function asyncApi({ version }: { version: string }): JsonObject {
  const placed = CHANNELS.flatMap(messagesOf);
  const named = new Map<string, z.ZodType>(Object.entries(PARTS));
  for (const { id, message } of placed) named.set(id, message.schema);
  const schemas = new ComponentSchemas(named).all();
  const parts = Object.keys(PARTS).map((name) => [name, schemas[name] ?? {}]);
  return {
    asyncapi: "3.0.0",
    info: {
      title: "parley",
      version,
      description: DESCRIPTION,
      license: { name: "MIT" },
    },
    defaultContentType: "application/json",
    channels: Object.fromEntries(
      CHANNELS.map((channel) => [channel.dialect, channelOf(channel)]),
    ),
    operations: Object.fromEntries(CHANNELS.flatMap(operationsOf)),
    components: {
      messages: Object.fromEntries(
        placed.map(({ id, message }) => [id, {
          name: message.name,
          title: message.name,
          summary: message.summary,
          ...message.description !== undefined && {
            description: message.description,
          },
          payload: schemas[id] ?? {},
          examples: [{ payload: message.example }],
        }]),
      ),
      schemas: Object.fromEntries(parts),
    },
  };
}

function messagesOf({ dialect, received, sent }: WireChannel): Placed[] {
  return [
    ...received.flatMap((message) => [
      { id: receivedId(dialect, message), message },
      ...message.answer
        ? [{ id: sentId(dialect, message.answer), message: message.answer }]
        : [],
    ]),
    ...sent.map((message) => ({ id: sentId(dialect, message), message })),
  ];
}

function receivedId(dialect: string, { name }: WireMessage): string {
  return `${dialect}.receive.${idOf(name)}`;
}

function sentId(dialect: string, { name }: WireMessage): string {
  return `${dialect}.send.${idOf(name)}`;
}

/** As far as AsyncAPI lets keys be: letters, digits, `.`, `-` and `_`. */
function idOf(name: string): string {
  return name.replace(/\/.*$/, "-of-room");
}

function channelOf(channel: WireChannel): JsonObject {
  const { dialect, address, title, description } = channel;
  const ids = messagesOf(channel).map(({ id }) => id);
  const isPath = address.includes("{channel}");
  return {
    address,
    title,
    description,
    messages: Object.fromEntries(
      ids.map((id) => [id, { $ref: `#/components/messages/${id}` }]),
    ),
    ...isPath && {
      parameters: {
        channel: { description: "the channel, which is the room" },
      },
    },
    bindings: {
      ws: {
        method: "GET",
        query: {
          type: "object",
          properties: {
            dialect: { const: dialect },
            profile: { enum: ["document", "original"] },
          },
        },
        bindingVersion: "0.1.0",
      },
    },
  };
}

function operationsOf(channel: WireChannel): [string, JsonObject][] {
  const { dialect, received, sent } = channel;
  const pointer = `#/channels/${dialect}`;
  const place = { channel: { $ref: pointer } };
  const refTo = (id: string) => ({ $ref: `${pointer}/messages/${id}` });
  const error = sent.find(({ name }) => name === "error");
  const replyTo = ({ answer }: WireRequest) =>
    answer && {
      reply: {
        ...place,
        messages: [answer, ...error ? [error] : []]
          .map((message) => refTo(sentId(dialect, message))),
      },
    };
  return [
    ...received.map((message): [string, JsonObject] => {
      const id = receivedId(dialect, message);
      const { summary } = message;
      return [id, {
        action: "receive",
        ...place,
        summary,
        messages: [refTo(id)],
        ...replyTo(message),
      }];
    }),
    ...sent.map((message): [string, JsonObject] => {
      const id = sentId(dialect, message);
      const { summary } = message;
      return [id, { action: "send", ...place, summary, messages: [refTo(id)] }];
    }),
  ];
}
