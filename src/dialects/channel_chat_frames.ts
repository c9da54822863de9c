/**
 * channel-chat on the wire: the schemas of what clients of the `document` are
 * sent. Frames are not made from them: tests and documents hold frames against
 * them.
 *
 * @module
 */
import { z } from "zod";

/** The document writes booleans as strings. */
const truth = z.enum(["true", "false"]);

/** The frames of the server, by type. */
export const SERVER_FRAMES = {
  connection: z.strictObject({
    type: z.literal("connection"),
    id: z.string().describe("the channel"),
  }),
  heartbeat: z.strictObject({
    type: z.literal("heartbeat"),
    authenticated: truth.describe("whether one has a name for long enough"),
  }),
  identity: z.strictObject({ type: z.literal("identity"), success: truth }),
  message: z.looseObject({
    type: z.literal("message"),
    text: z.string(),
    timestamp: z.int().describe("seconds since the epoch"),
    user: z.string().describe("empty without an identity"),
  }),
} as const;
