import type { ChatEvent } from "../../src/core/events.ts";
import type {
  Author,
  Extra,
  Member,
  RoomId,
  SessionId,
} from "../../src/core/types.ts";

const ROOM = "general" as RoomId;
const AT = 1_730_758_663_598;

/** A name that anybody could have typed. */
const ANN: Author = {
  id: "5224ec4b-dc65-48f3-bda9-ed9d7c259807",
  number: 7,
  name: "Ann",
  verified: false,
};

/** A user with a password. */
const BOB: Author = {
  id: "9d3b1a70-4a55-4d0e-8a86-0f4f6f1f2a11",
  number: 8,
  name: "Bob",
  verified: true,
};

/** Somebody else, who says that this is his name. */
const FALSE_BOB: Author = { ...ANN, name: "Bob" };

const NOBODY: Author = {
  id: "c0a8f0de-11d5-4c3f-9f5e-3a1d5b7f9e22",
  number: 9,
  name: "",
  verified: false,
};

interface Said {
  readonly by: Author;
  readonly via: string;
  readonly text?: string;
  readonly extra?: Extra;
}

function message({ by, via, text = "Hi!", extra }: Said): ChatEvent {
  return {
    kind: "message",
    room: ROOM,
    id: "01JBXJ1P3Y0000000000000000",
    epoch: 1,
    seq: 1,
    at: AT,
    order: 1,
    author: by,
    text,
    via,
    ...extra && { extra },
  };
}

function memberOf(author: Author): Member {
  return {
    session: "7a1f6a0e-6c1b-4f52-b9f4-5f0b6a7d8c33" as SessionId,
    author,
  };
}

interface Came {
  readonly by: Author;
  readonly via: string;
  readonly again?: boolean;
  readonly extra?: Extra;
}

function joined({ by, via, again = false, extra }: Came): ChatEvent {
  const member = memberOf(by);
  const signal = { room: ROOM, at: AT, via, again, member };
  return { kind: "joined", ...signal, ...extra && { extra } };
}

function left(by: Author, via: string, gone: boolean): ChatEvent {
  const member = memberOf(by);
  return { kind: "left", room: ROOM, at: AT, via, gone, member };
}

function renamed(oldName: string, name: string, via: string): ChatEvent {
  const by = via === "channel-chat" ? NOBODY : ANN;
  const member = memberOf({ ...by, name });
  return { kind: "renamed", room: ROOM, at: AT, via, oldName, member };
}

/** What nest-chat leaves to be filled in. */
const BLANK = { roomId: "", username: "" };

function roster(members: Member[], gone: Member[] = []): ChatEvent {
  return { kind: "roster", room: ROOM, at: AT, via: "test", members, gone };
}

function closed(reopens: boolean): ChatEvent {
  return {
    kind: "closed",
    room: ROOM,
    id: "01JBXJ1P3Y0000000000000001",
    epoch: 1,
    seq: 2,
    at: AT,
    order: 1,
    author: ANN,
    reopens,
  };
}

/** The message that is changed, and what each change has. */
const CHANGE = {
  room: ROOM,
  id: "01JBXJ1P3Y0000000000000002",
  epoch: 1,
  seq: 2,
  at: AT,
  order: 1,
  author: BOB,
  via: "parley.v1",
  target: {
    seq: 1,
    id: "01JBXJ1P3Y0000000000000000",
    order: 1,
    at: AT - 1_000,
  },
} as const;

const SIGNAL = {
  room: ROOM,
  at: AT,
  via: "parley.v1",
} as const;

const SAID = message({ by: BOB, via: "parley.v1" });

/** Whatever can happen in a room, in any dialect. */
export const EVENTS = {
  "a text of a guest": message({ by: ANN, via: "chat-ws" }),
  "a text of a user with a password": message({ by: BOB, via: "redis-chat" }),
  "a text of a guest of the same name": message({
    by: FALSE_BOB,
    via: "chat-ws",
  }),
  "a text of somebody without a name": message({
    by: NOBODY,
    via: "channel-chat",
  }),
  "a text with more than channel-chat's fields": message({
    by: ANN,
    via: "channel-chat",
    extra: {
      fields: { type: "message", text: "", mood: "happy" },
      isRaw: false,
    },
  }),
  "a number that was said as chat-ws's text": message({
    by: ANN,
    via: "chat-ws",
    text: "42",
    extra: { given: { from: "Ann", message: 42 } },
  }),
  "a text that is HTML": message({
    by: ANN,
    via: "chat-ws",
    text: '<b onclick="x">',
  }),
  "a gif": message({
    by: ANN,
    via: "wschat",
    text: "[gif 3]",
    extra: { gif: true, given: { gifId: 3 } },
  }),
  "a guest joins": joined({ by: ANN, via: "wschat" }),
  "a guest joins with more than chat-ws's fields": joined({
    by: ANN,
    via: "chat-ws",
    extra: {
      request: {
        type: "join-room",
        room_id: "general",
        from: "Ann",
        avatar: "cat",
      },
    },
  }),
  "a user with a password joins": joined({ by: BOB, via: "redis-chat" }),
  "somebody without a name joins": joined({ by: NOBODY, via: "channel-chat" }),
  "a member says again in wschat that it joins": joined({
    by: ANN,
    via: "wschat",
    again: true,
  }),
  "a member says again in redis-chat that it joins": joined({
    by: BOB,
    via: "redis-chat",
    again: true,
  }),
  "a member leaves": left(ANN, "wschat", false),
  "a member's socket is gone": left(ANN, "wschat", true),
  "a member is renamed": renamed("Ann", "Anna", "wschat"),
  "a member without a name gets one": renamed("", "Cid", "channel-chat"),
  "a member's name is cleared": renamed("Cid", "", "channel-chat"),
  "a text of a nest-chat client that says when": message({
    by: ANN,
    via: "nest-chat",
    extra: {
      fields: {
        roomId: "",
        username: "",
        content: "",
        createdAt: "yesterday",
        mood: "happy",
      },
      socketId: "hfCjndg2zVYNUqP2AAAA",
    },
  }),
  "a text of a nest-chat client that does not say when": message({
    by: ANN,
    via: "nest-chat",
    extra: { socketId: "hfCjndg2zVYNUqP2AAAA" },
  }),
  "who is in the room, whole": roster([
    memberOf(BOB),
    { ...memberOf(ANN), about: { fields: { ...BLANK, avatar: "cat" } } },
  ]),
  "who is in the room, whole, and who has gone": roster(
    [memberOf(BOB)],
    [memberOf(ANN)],
  ),
  "a room is made": {
    kind: "rooms",
    at: AT,
    rooms: [
      { id: "Room 1" as RoomId, number: 1, title: "Room 1", members: [] },
      {
        id: ROOM,
        number: 4,
        title: "general",
        members: [memberOf(BOB), memberOf(NOBODY)],
      },
    ],
  },
  "a text with what a program adds": {
    ...SAID,
    replyTo: 1,
    data: { mood: "happy" },
  } as ChatEvent,
  "a text that was edited and reacted to since": {
    ...SAID,
    text: "Ho!",
    editedAt: AT + 1,
    reactions: new Map([["👍", [ANN.id, BOB.id]]]),
  } as ChatEvent,
  "a text that was deleted since": {
    ...SAID,
    text: "",
    deletedAt: AT + 1,
  } as ChatEvent,
  "a text is edited": { ...CHANGE, kind: "edited", text: "Ho!" },
  "a text is edited that was deleted since": {
    ...CHANGE,
    kind: "edited",
    text: "",
    deletedAt: AT + 1,
  },
  "a text is deleted": { ...CHANGE, kind: "deleted" },
  "somebody reacts": {
    ...CHANGE,
    kind: "reacted",
    reaction: "👍",
    removed: false,
  },
  "a user arrives": {
    ...SIGNAL,
    kind: "arrived",
    user: BOB,
    memberCount: 2,
  },
  "a user departs": {
    ...SIGNAL,
    kind: "departed",
    user: BOB,
    memberCount: 1,
  },
  "a large room is counted": { ...SIGNAL, kind: "counted", memberCount: 777 },
  "a member types": { ...SIGNAL, kind: "typing", user: BOB, on: true },
  "one's other session has read": {
    ...SIGNAL,
    kind: "read",
    seq: 3,
    unread: 4,
  },
  "a room is closed": closed(false),
  "a room is emptied": closed(true),
} as const satisfies Record<string, ChatEvent>;

/** The name of an event. */
export type EventName = keyof typeof EVENTS;
