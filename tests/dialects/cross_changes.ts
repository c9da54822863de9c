import {
  BOB,
  channelled,
  exchanged,
  type Look,
  published,
  received,
} from "./cross_frames.ts";

/** What no dialect but the native one has a word for. */
const NOTHING: Look = {
  "chat-ws": null,
  "channel-chat": null,
  wschat: null,
  "redis-chat": null,
  "nest-chat": null,
};

/** A message of Bob's, as it is by then. */
function text(said: string): Look {
  return {
    "chat-ws": received(`"from":"Bob","message":"${said}"`),
    "channel-chat": channelled(`"text":"${said}"`, "Bob"),
    wschat: `{"type":"text","text":"${said}","from":{"id":8,"name":"Bob"}}`,
    "redis-chat": published(BOB, "Bob", { text: said }),
    "nest-chat": exchanged(BOB, "Bob", said),
  };
}

/** What only the native dialect can do, in every other one. */
export const CHANGE_LOOKS = {
  "a text with what a program adds": text("Hi!"),
  "a text that was edited and reacted to since": text("Ho!"),
  "a text that was deleted since": NOTHING,
  "a text is edited": {
    // Who knows messages by nothing is shown another one.
    ...text("* Ho!"),
    // Who knows it by its UUID or its order is shown that one, of its own time.
    "redis-chat": published(BOB, "Bob", {
      text: "Ho!",
      at: "2024-11-04T22:17:42.598Z",
    }),
    "nest-chat":
      '42["exchanges",{"roomId":"general","username":"Bob","content":"Ho!",' +
      `"createdAt":"2024-11-04T22:17:42.598Z","socketId":"${BOB}","order":1}]`,
  },
  "a text is edited that was deleted since": NOTHING,
  "a text is deleted": NOTHING,
  "somebody reacts": NOTHING,
  "a user arrives": NOTHING,
  "a user departs": NOTHING,
  "a large room is counted": NOTHING,
  "a member types": NOTHING,
  "one's other session has read": NOTHING,
  "somebody writes to one directly": NOTHING,
} as const satisfies Record<string, Look>;

/** The name of such an event. */
export type ChangeName = keyof typeof CHANGE_LOOKS;
