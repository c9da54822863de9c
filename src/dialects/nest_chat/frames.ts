/**
 * nest-chat on the wire: the schemas of what the server's events carry for
 * clients of the `document`. Packets are not made from them: tests and documents
 * hold packets against them.
 *
 * @module
 */
import { z } from "zod";

/** Fields that a client added are kept. */
const participant = z.looseObject({
  roomId: z.string(),
  username: z.string(),
  connected: z.boolean(),
});

/**
 * What the events of the server carry, by their names, but for the room in
 * `participants/<room>`.
 */
export const SERVER_PAYLOADS = {
  exchanges: z.union([
    z.looseObject({
      roomId: z.string(),
      username: z.string(),
      content: z.string(),
      createdAt: z.unknown().describe(
        "as the client said, or the server's time",
      ),
      socketId: z.string(),
      order: z.int().describe("counts the room's messages"),
    }),
    z.array(participant).describe("all participants of the room"),
  ]),
  "participants/": z.array(participant),
  exception: z.strictObject({
    status: z.literal("error"),
    message: z.string(),
  }),
} as const;
