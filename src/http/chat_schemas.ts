/**
 * Bodies and parameters of chat by curl: what validates them and what
 * `/openapi.json` is made of.
 *
 * @module
 */
import { z } from "zod";

/** What POST /api/v1/rooms/{id}/messages takes as JSON. */
export const newMessage = z.object({
  text: z.string().meta({
    description: "What is said, up to 4,096 bytes.",
    examples: ["hello"],
  }),
  name: z.string().optional().meta({ description: "What a guest is called." }),
  key: z.string().min(1).optional().meta({
    description:
      "A send key: the same key sends once, however often it is tried.",
  }),
  ["reply_to"]: z.int().min(1).optional().meta({
    description: "The seq of the message that this answers.",
  }),
}).meta({ id: "NewMessage", description: "A message to be sent." });

/** A message to be sent. */
export type NewMessage = z.infer<typeof newMessage>;

/** What it answers: where the message has its place. */
export const sentMessage = z.object({
  room: z.string(),
  id: z.string().meta({ description: "A ULID." }),
  epoch: z.string().meta({
    description: "Which life of the room's log it is in.",
  }),
  seq: z.int().meta({ description: "Its place in that: 1, 2, 3, …" }),
  at: z.int().meta({ description: "When it was taken, ms since 1970." }),
  duplicate: z.literal(true).optional().meta({
    description: "It was sent before, under this key.",
  }),
}).meta({ id: "SentMessage", description: "A message that is on disk." });

/** How a refusal of these looks. */
export const chatProblem = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean().meta({
    description: "The same request may succeed later.",
  }),
}).meta({ id: "ChatProblem", description: "A refusal, with a stable code." });

/** `<epoch>-<seq>`. */
export const position = z.string().regex(/^\d{1,15}-\d{1,15}$/, {
  error: "not <epoch>-<seq>",
});

/** The parameter `history` of GET /api/v1/rooms/{id}/events, as a number. */
export function historyParameter(messagesMax: number): z.ZodInt {
  const max = Math.min(messagesMax, Number.MAX_SAFE_INTEGER);
  const error = max === Number.MAX_SAFE_INTEGER
    ? "not a whole number"
    : `not a whole number up to ${max}`;
  return z.int({ error }).min(0, { error }).max(max, { error });
}
