/**
 * What `/openapi.json` tells of nest-chat's API.
 *
 * Every example is checked against a live answer by
 * tests/http/openapi_examples_test.ts.
 *
 * @module
 */
import { z } from "zod";
import type { Limits } from "../core/limits.ts";
import {
  listedMessages,
  messagesParameters,
  newRoom,
  requestProblem,
  roomProblem,
} from "./nest_chat_schemas.ts";
import type { Example, Operation, Parameter } from "./operation.ts";

const TAG = "nest-chat";

const ROOM_ID: Parameter = {
  name: "id",
  in: "path",
  description:
    "The room's id, percent-encoded: a slash in it is `%2F`. Rooms of every dialect have one.",
  schema: z.string(),
  example: "3XX",
};

const BODY = { roomId: "3XX", creatorUsername: "Dhoni" };

/** The three operations that the document has, with what is ours besides. */
export function nestChatOperations(limits: Limits): Operation[] {
  return [createRoom(limits), readMessages(limits), CLOSE_ROOM];
}

function createRoom({ BODY_BYTES_MAX }: Limits): Operation {
  return {
    method: "post",
    path: "/api/v1/rooms",
    id: "createRoom",
    tag: TAG,
    summary: "Make a room",
    description:
      "A room that was closed is opened again, empty. JSON is read whatever the content type says; a form will do too.",
    parameters: [],
    body: {
      schema: newRoom,
      types: ["application/json", "application/x-www-form-urlencoded"],
    },
    answers: {
      201: { description: "The room was made." },
      400: {
        description: "The body is not what it should be.",
        schema: requestProblem,
      },
      409: {
        description: "There is a room of that id, of whatever dialect.",
        schema: roomProblem,
      },
      413: {
        description: `The body is too long.${
          Number.isFinite(BODY_BYTES_MAX)
            ? ` It may have ${BODY_BYTES_MAX} bytes.`
            : ""
        }`,
        schema: requestProblem,
      },
    },
    examples: CREATE_EXAMPLES,
    changesRooms: true,
  };
}

const CREATE_EXAMPLES: readonly Example[] = [
  { name: "made", summary: "A new room", body: BODY, status: 201 },
  {
    name: "conflict",
    summary: "An id that is taken",
    body: BODY,
    status: 409,
    answer: {
      code: "room.conflict",
      message: "Room with '3XX' already exists",
    },
  },
  {
    name: "empty",
    summary: "No fields",
    body: {},
    status: 400,
    answer: {
      statusCode: 400,
      message: [
        "roomId should not be empty",
        "creatorUsername should not be empty",
      ],
      error: "Bad Request",
    },
  },
  {
    name: "wrongType",
    summary: "A number for an id",
    body: { roomId: 3, creatorUsername: "Dhoni" },
    status: 400,
    answer: {
      statusCode: 400,
      message: ["roomId must be a string"],
      error: "Bad Request",
    },
  },
];

function readMessages(limits: Limits): Operation {
  const { limit, before } = messagesParameters(limits.MESSAGES_LISTED_MAX);
  return {
    method: "get",
    path: "/api/v1/rooms/{id}/messages",
    id: "readMessages",
    tag: TAG,
    summary: "Read a room's messages",
    description: `Oldest first, of every dialect. ${
      boundsOf(limits)
    } To page back, ask \`before\` the order of the first.`,
    parameters: [
      ROOM_ID,
      {
        name: "limit",
        in: "query",
        description: "So many at most; the newest are kept.",
        schema: limit,
      },
      {
        name: "before",
        in: "query",
        description: "An order: only messages of a lower one.",
        schema: before,
      },
    ],
    answers: {
      200: { description: "The messages.", schema: listedMessages },
      400: {
        description: "The id or the query is not what it should be.",
        schema: requestProblem,
      },
      403: {
        description: "There is no such room, or it is closed.",
        schema: roomProblem,
      },
    },
    examples: messagesExamples(limit),
  };
}

function messagesExamples(limit: z.ZodInt): Example[] {
  return [
    {
      name: "messages",
      summary: "Two messages",
      status: 200,
      answer: [
        {
          order: 1,
          username: "ann",
          content: "hello",
          createdAt: "2024-01-02T03:04:05.000Z",
        },
        {
          order: 2,
          username: "cat",
          content: "hello, ann",
          createdAt: "2024-01-02T03:04:06.000Z",
        },
      ],
    },
    {
      name: "page",
      summary: "The one before the second",
      parameters: { limit: "1", before: "2" },
      status: 200,
      answer: [{
        order: 1,
        username: "ann",
        content: "hello",
        createdAt: "2024-01-02T03:04:05.000Z",
      }],
    },
    {
      name: "forbidden",
      summary: "A room that is not there",
      status: 403,
      answer: {
        code: "access-forbidden",
        message: "The access is forbidden",
      },
    },
    {
      name: "wrongLimit",
      summary: "A limit that is none",
      parameters: { limit: "0" },
      status: 400,
      answer: {
        statusCode: 400,
        message: limit.safeParse(0).error?.issues.map((one) => one.message) ??
          [],
        error: "Bad Request",
      },
    },
  ];
}

/** How much is listed at most, where that is bounded. */
function boundsOf({ MESSAGES_LISTED_MAX, ANSWER_BYTES_MAX }: Limits): string {
  const bounds = [
    [MESSAGES_LISTED_MAX, "messages"],
    [ANSWER_BYTES_MAX, "bytes"],
  ] as const;
  const set = bounds.filter(([max]) => Number.isFinite(max))
    .map(([max, unit]) => `${max} ${unit}`);
  if (set.length === 0) return "All of them are listed.";
  return `The newest are listed: ${set.join(", ")} at most.`;
}

const CLOSE_ROOM: Operation = {
  method: "delete",
  path: "/api/v1/rooms/{id}",
  id: "closeRoom",
  tag: TAG,
  summary: "Close a room",
  description:
    "Closed for every dialect: members are told, and nothing can be said any more. The lobby and rooms 1 to 3 are emptied instead.",
  parameters: [ROOM_ID],
  answers: {
    204: { description: "The room was closed." },
    400: {
      description: "The id is not percent-encoded UTF-8.",
      schema: requestProblem,
    },
    404: {
      description: "There is no such room, or it is closed.",
      schema: roomProblem,
    },
  },
  examples: [
    { name: "closed", summary: "An open room", status: 204 },
    {
      name: "missing",
      summary: "A room that is not there",
      status: 404,
      answer: {
        code: "room.not-found",
        message: "Room with '3XX' not found",
      },
    },
  ],
  changesRooms: true,
};
