import { assertEquals } from "@std/assert";
import { encodeEach } from "../../src/core/encoder.ts";
import type { ChatEvent } from "../../src/core/events.ts";
import { encode as channelChat } from "../../src/dialects/channel_chat.ts";
import { encode as chatWs } from "../../src/dialects/chat_ws.ts";
import { type Profile, PROFILES } from "../../src/dialects/dialect.ts";
import { encode as nestChat } from "../../src/dialects/nest_chat/encode.ts";
import { encoder as parleyV1 } from "../../src/dialects/parley_v1/encode.ts";
import { encode as redisChat } from "../../src/dialects/redis_chat/encode.ts";
import { DIALECT_NAMES } from "../../src/dialects/registry.ts";
import { encode as wschat } from "../../src/dialects/wschat_codec.ts";
import { CHANGE_LOOKS } from "./cross_changes.ts";
import { type EventName, EVENTS } from "./cross_events.ts";
import { type Expected, type Look, LOOKS } from "./cross_frames.ts";
import { NATIVE_LOOKS } from "./cross_native.ts";

/** Encoded as a room does it: nothing is said of what was taken back. */
function asRoom(encode: Encode): Encode {
  return (event, profile) =>
    encodeEach("test", (one) => encode(one, profile)).encode([event])[0] ??
      null;
}

type Encode = (event: ChatEvent, profile: Profile) => string | null;

/** How each dialect writes, where a client asks for nothing special. */
const ENCODE: Readonly<Record<keyof Look | "parley.v1", Encode>> = {
  "chat-ws": asRoom(chatWs),
  "channel-chat": asRoom(channelChat),
  wschat: asRoom((event, profile) => wschat(event, { profile, escape: false })),
  "redis-chat": asRoom((event, profile) =>
    redisChat(event, {
      profile,
      publicForm: profile === "original" ? "" : "0",
    })
  ),
  "nest-chat": asRoom(nestChat),
  "parley.v1": (event) => parleyV1.encode([event])[0] ?? null,
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
    const look = lookOf(name as EventName, dialect as keyof typeof ENCODE);
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

function lookOf(name: EventName, dialect: keyof typeof ENCODE): Expected {
  if (dialect === "parley.v1") return NATIVE_LOOKS[name];
  return { ...LOOKS, ...CHANGE_LOOKS }[name][dialect];
}
