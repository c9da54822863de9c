// deno-lint-ignore-file camelcase -- the wire's own names
/**
 * chat-ws on the wire: the schemas of what clients of the `document` are sent.
 * Frames are not made from them: tests and documents hold frames against them.
 *
 * @module
 */
import { z } from "zod";

/** Fields that a client added are relayed. */
const member = { room_id: z.string(), from: z.string() };

/** The frames of the server, by type; "" has none. */
export const SERVER_FRAMES = {
  "join-room": z.looseObject({ type: z.literal("join-room"), ...member }),
  "leave-room": z.looseObject({ type: z.literal("leave-room"), ...member }),
  "receive-message": z.looseObject({
    type: z.literal("receive-message"),
    ...member,
    message: z.string(),
    sent_at: z.number().describe("seconds since the epoch, with a fraction"),
  }),
  "": z.strictObject({ error: z.string() }),
} as const;
