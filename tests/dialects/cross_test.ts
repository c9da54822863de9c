import { assertEquals } from "@std/assert";
import type { ChatEvent } from "../../src/core/events.ts";
import { encode as channelChat } from "../../src/dialects/channel_chat.ts";
import { encode as chatWs } from "../../src/dialects/chat_ws.ts";
import { type Profile, PROFILES } from "../../src/dialects/dialect.ts";
import { encode as nestChat } from "../../src/dialects/nest_chat/encode.ts";
import { encode as redisChat } from "../../src/dialects/redis_chat/encode.ts";
import { DIALECT_NAMES } from "../../src/dialects/registry.ts";
import { encode as wschat } from "../../src/dialects/wschat_codec.ts";
import { type EventName, EVENTS } from "./cross_events.ts";
import { type Look, LOOKS } from "./cross_frames.ts";

type Encode = (event: ChatEvent, profile: Profile) => string | null;

/** How each dialect writes, where a client asks for nothing special. */
const ENCODE: Readonly<Record<keyof Look, Encode>> = {
  "chat-ws": chatWs,
  "channel-chat": channelChat,
  wschat: (event, profile) => wschat(event, { profile, escape: false }),
  "redis-chat": (event, profile) =>
    redisChat(event, {
      profile,
      publicForm: profile === "original" ? "" : "0",
    }),
  "nest-chat": nestChat,
};

Deno.test({
  name: "the looks of events are known in every dialect of the registry",
  permissions: "none",
  fn() {
    const known = Object.keys(ENCODE);

    assertEquals(known.toSorted(), DIALECT_NAMES.toSorted());
  },
});

for (const [name, event] of Object.entries(EVENTS)) {
  for (const [dialect, encode] of Object.entries(ENCODE)) {
    const look = LOOKS[name as EventName][dialect as keyof Look];
    for (const profile of PROFILES) {
      Deno.test({
        name: `${dialect} encode() in ${profile} writes ${name}`,
        permissions: "none",
        fn() {
          const frame = encode(event, profile);

          const isOne = typeof look === "string" || look === null;
          assertEquals(frame, isOne ? look : look[profile]);
        },
      });
    }
  }
}
