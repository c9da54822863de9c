/**
 * wschat on the wire: the schemas of what clients of the `document` are sent.
 * Frames are not made from them: tests and documents hold frames against them.
 *
 * @module
 */
import { z } from "zod";

const user = z.strictObject({ id: z.int(), name: z.string() });
const room = z.strictObject({
  id: z.int(),
  title: z.string(),
  users: z.record(z.string(), user).describe("by their numbers"),
});
const about = { user };

/** The frames of the server, by type. */
export const SERVER_FRAMES = {
  welcome: z.strictObject({ type: z.literal("welcome"), ...about }),
  list_rooms: z.strictObject({
    type: z.literal("list_rooms"),
    rooms: z.record(z.string(), room).describe("by their numbers"),
  }),
  enter_room: z.strictObject({ type: z.literal("enter_room"), ...about }),
  leave_room: z.strictObject({ type: z.literal("leave_room"), ...about }),
  text: z.strictObject({
    type: z.literal("text"),
    text: z.string(),
    from: user,
  }),
  gif: z.strictObject({
    type: z.literal("gif"),
    gifId: z.union([z.int(), z.string()]),
    from: user,
  }),
  change_name: z.strictObject({
    type: z.literal("change_name"),
    oldName: z.string(),
    newName: z.string(),
  }),
} as const;
