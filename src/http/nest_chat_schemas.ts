/**
 * The bodies and parameters of nest-chat's REST: what validates them and what
 * `/openapi.json` is made of.
 *
 * Source: seeds/nest-chat.txt "APIs"; transcripts/nest-chat.jsonl for the words
 * of class-validator, which the original uses.
 *
 * @module
 */
import { z } from "zod";

/** A text that must be there. */
function filled(name: string) {
  const empty = `${name} should not be empty`;
  return z.string({
    error: ({ input }) =>
      input === undefined || input === null
        ? empty
        : `${name} must be a string`,
  }).min(1, empty);
}

/** What POST /api/v1/rooms takes. */
export const newRoom = z.object({
  roomId: filled("roomId").meta({
    description: "The room's id, which is its name: up to 255 bytes.",
    examples: ["3XX"],
  }),
  creatorUsername: filled("creatorUsername").meta({
    description: "Who makes it: up to 128 bytes.",
    examples: ["Dhoni"],
  }),
}).meta({ id: "NewRoom", description: "A room to be made." });

/** One message in the list of a room's. */
export const listedMessage = z.object({
  order: z.int().min(1).meta({
    description: "Counts a room's messages: 1, 2, 3, …",
  }),
  username: z.string(),
  content: z.string(),
  createdAt: z.unknown().meta({
    description:
      "As its sender gave it, whatever that is; else when the server took it, in ISO 8601.",
    examples: ["2024-01-02T03:04:05.000Z"],
  }),
}).meta({ id: "Message", description: "Something said in a room." });

/** What GET /api/v1/rooms/{id}/messages answers. */
export const listedMessages = z.array(listedMessage).meta({
  id: "Messages",
  description: "Messages of a room, oldest first.",
});

/** What is wrong, a line each. */
export function linesOf({ issues }: z.ZodError): readonly string[] {
  // A number may be wrong in two ways that are told in the same words.
  return Array.from(new Set(issues.map(({ message }) => message)));
}

/** The parameters of GET /api/v1/rooms/{id}/messages, as numbers. */
export function messagesParameters(
  listedMax: number,
): Record<"limit" | "before", z.ZodInt> {
  const max = Math.min(listedMax, Number.MAX_SAFE_INTEGER);
  const range = max === Number.MAX_SAFE_INTEGER ? "1 or more" : `1 to ${max}`;
  const error = `limit must be an integer, ${range}`;
  return {
    limit: wholeNumber(error).max(max, { error }),
    before: wholeNumber("before must be an integer, 1 or more"),
  };
}

/** Which messages are asked for. */
export interface MessagesQuery {
  readonly limit?: number | undefined;
  readonly before?: number | undefined;
}

/** The query of GET /api/v1/rooms/{id}/messages. */
export function messagesQuery(listedMax: number): z.ZodType<MessagesQuery> {
  const { limit, before } = messagesParameters(listedMax);
  return z.object({ limit: limit.optional(), before: before.optional() });
}

function wholeNumber(error: string): z.ZodInt {
  return z.int({ error }).min(1, { error });
}

/** How a refusal looks that is about a room. */
export const roomProblem = z.object({
  code: z.enum(["room.conflict", "access-forbidden", "room.not-found"]),
  message: z.string(),
}).meta({ id: "RoomProblem", description: "A refusal that is about a room." });

/** How every other refusal looks. */
export const requestProblem = z.object({
  statusCode: z.int(),
  message: z.union([z.string(), z.array(z.string())]),
  error: z.string(),
}).meta({
  id: "RequestProblem",
  description: "A refusal that is about the request.",
});
