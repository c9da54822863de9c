/**
 * The bodies of what is answered over HTTP beside nest-chat's API.
 *
 * @module
 */
import { z } from "zod";

/** What GET /rooms answers. */
export const roomNames = z.object({
  rooms: z.array(z.string()).meta({ description: "Ids of rooms." }),
}).meta({ id: "RoomNames", description: "The rooms that there are." });

/** What GET /links answers. */
export const linksAnswer = z.object({
  github: z.string(),
}).meta({ id: "Links", description: "What redis-chat's own page asks for." });

/** What GET /healthz answers, and GET /readyz while all is well. */
export const healthAnswer = z.object({
  status: z.literal("ok"),
}).meta({ id: "Health", description: "All is well." });

/** How a refusal looks outside of /api. */
export const problem = z.object({
  error: z.string(),
}).meta({ id: "Problem", description: "A refusal, in words." });
