/**
 * What `/openapi.json` tells of chat by curl.
 *
 * @module
 */
import { z } from "zod";
import type { Limits } from "../core/limits.ts";
import {
  chatProblem,
  historyParameter,
  newMessage,
  position,
  sentMessage,
} from "./chat_schemas.ts";
import type { Answer, Example, Operation, Parameter } from "./operation.ts";

const TAG = "curl";

const ROOM_ID: Parameter = {
  name: "id",
  in: "path",
  description:
    "The room's id, percent-encoded: a slash in it is `%2F`. A room that is not there is made.",
  schema: z.string(),
  example: "3XX",
};

const NAME: Parameter = {
  name: "name",
  in: "query",
  description: "What a guest is called.",
  schema: z.string(),
};

const REFUSED: Readonly<Record<number, string>> = {
  400: "The request is not what it should be.",
  401: "The token is not good.",
  403: "The room is closed, or the page's origin not allowed.",
};

/** Sending to a room, and hearing it. */
export function chatOperations(limits: Limits): Operation[] {
  return [sendMessage(limits), followEvents(limits)];
}

function refused(
  more: Readonly<Record<number, string>>,
): Record<number, Answer> {
  const all = Object.entries({ ...REFUSED, ...more });
  return Object.fromEntries(
    all.map(([status, description]) => [
      status,
      { description, schema: chatProblem },
    ]),
  );
}

function sendMessage(limits: Limits): Operation {
  const { HTTP_SENDS_PER_SECOND_MAX: perSecond } = limits;
  return {
    method: "post",
    path: "/api/v1/rooms/{id}/messages",
    id: "sendMessage",
    tag: TAG,
    summary: "Send a message",
    description:
      "The body is the text, whatever its content type, but for JSON; one line break at its end is cut off. The answer comes once the message is on disk: its id and seq in a line, or JSON where the request is JSON or asks for it.",
    parameters: [ROOM_ID, NAME, {
      name: "idempotency-key",
      in: "header",
      description:
        "A send key: the same key sends once, however often it is tried. All who bring no token share theirs.",
      schema: z.string(),
    }],
    body: {
      schema: newMessage,
      types: ["application/json"],
      texts: {
        "text/plain": "hello",
        "application/x-www-form-urlencoded": "hello",
      },
    },
    answers: {
      201: {
        description: "The message is on disk.",
        schema: sentMessage,
        texts: { "text/plain": "01HF7YAT00TCVH9RB2S8V3E4M6 1\n" },
      },
      ...refused({
        409: "The key was used for another message.",
        413: "The body or the text is too long.",
        429: `More than may be from one address${
          Number.isFinite(perSecond) ? `: ${perSecond} per second` : ""
        }.`,
        503: "The store is busy or fails, or the server stops: try again.",
      }),
    },
    examples: SEND_EXAMPLES,
    speaks: true,
  };
}

const SEND_EXAMPLES: readonly Example[] = [
  {
    name: "sent",
    summary: "The first message of a room",
    body: { text: "hello", name: "Ann", key: "k1" },
    status: 201,
    answer: {
      room: "3XX",
      id: "01HF7YAT00TCVH9RB2S8V3E4M6",
      epoch: "1",
      seq: 1,
      at: 1_700_000_000_000,
    },
  },
  {
    name: "again",
    summary: "The same once more",
    body: { text: "hello", name: "Ann", key: "k1" },
    status: 201,
    answer: {
      room: "3XX",
      id: "01HF7YAT00TCVH9RB2S8V3E4M6",
      epoch: "1",
      seq: 1,
      at: 1_700_000_000_000,
      duplicate: true,
    },
  },
  {
    name: "wrongType",
    summary: "A number for a text",
    body: { text: 7 },
    status: 400,
    answer: {
      code: "bad_frame",
      message:
        "Cannot read body: text: Invalid input: expected string, received number",
      retryable: false,
    },
  },
  {
    name: "closed",
    summary: "A room that was closed",
    body: { text: "hello" },
    status: 403,
    answer: {
      code: "access-forbidden",
      message: "The access is forbidden",
      retryable: false,
    },
  },
  {
    name: "otherText",
    summary: "A key that was used for another text",
    body: { text: "hullo", key: "k1" },
    status: 409,
    answer: {
      code: "conflict",
      message: "Cannot send message: its key was used for another one",
      retryable: false,
    },
  },
];

function followEvents({ HISTORY_MESSAGES_MAX }: Limits): Operation {
  return {
    method: "get",
    path: "/api/v1/rooms/{id}/events",
    id: "followEvents",
    tag: TAG,
    summary: "Hear a room",
    description:
      "Server-Sent Events without an end: `id` is the position, `event` the entry's kind, `data` the entry as parley.v1 writes it. Who comes back with the last id hears what it missed, nothing twice; what cannot be had any more is told as `event: gap`.",
    parameters: [
      ROOM_ID,
      {
        name: "last-event-id",
        in: "header",
        description: "A position: all that is behind it comes first.",
        schema: position,
      },
      {
        name: "after",
        in: "query",
        description: "The same, for those who cannot send that header.",
        schema: position,
      },
      {
        name: "history",
        in: "query",
        description:
          "Without a position: so many of the newest messages first.",
        schema: historyParameter(HISTORY_MESSAGES_MAX),
      },
      {
        name: "signals",
        in: "query",
        description: "`1`: also who arrives, departs, is renamed and types.",
        schema: z.enum(["0", "1"]),
      },
    ],
    answers: {
      200: {
        description: "The events, without an end until the room is closed.",
        texts: {
          "text/event-stream":
            'retry: 2000\nid: 1-0\n\nid: 1-1\nevent: message\ndata: {"kind":"message","seq":1,…}\n\n',
          "application/x-ndjson":
            '{"kind":"opened","position":"1-0"}\n{"position":"1-1","kind":"message","seq":1,…}\n',
        },
      },
      204: {
        description:
          "The room is closed, and nothing is left to tell: do not come back.",
      },
      ...refused({ 503: "The store is busy, or too many streams are open." }),
    },
    examples: [{
      name: "noPosition",
      summary: "A position that is none",
      parameters: { after: "yesterday" },
      status: 400,
      answer: {
        code: "bad_field",
        message: "Cannot read events: after is not <epoch>-<seq>",
        retryable: false,
      },
    }],
    speaks: true,
  };
}
