import { assertEquals, assertThrows } from "@std/assert";
import type { ChatEvent, JoinedSignal } from "../../src/core/events.ts";
import type {
  Author,
  Extra,
  Json,
  MessageEntry,
  RoomId,
  SessionId,
} from "../../src/core/types.ts";
import type { Profile } from "../../src/dialects/dialect.ts";
import {
  encode,
  errorFrame,
  isPublic,
  PUBLIC_FORMS,
  userBlock,
  uuidOfUlid,
  type Variant,
  variantOf,
} from "../../src/dialects/redis_chat/encode.ts";

const ANN_ID = "5224ec4b-dc65-48f3-bda9-ed9d7c259807";
const BOB_ID = "bdf8494e-06e7-414e-bfbf-a9bea95a6da7";
const SESSION = "93b28a93-7d99-4a32-9291-60a01c0890a9" as SessionId;
const ANN: Author = { id: ANN_ID, number: 1, name: "ann", verified: true };
const BOB: Author = { id: BOB_ID, number: 2, name: "bob", verified: true };
const LOBBY = "general" as RoomId;
const PRIVATE = `@dm/${ANN_ID}/${BOB_ID}` as RoomId;
const ULID = "01JBXJ1P3Y3MGZXKQ2VA7WD9FH";
const ULID_AS_UUID = "0192fb20-d87e-4d21-bece-e2da8fc6a5f1";

function message(
  room: RoomId,
  fields: { author?: Author; via?: string; extra?: Extra } = {},
): MessageEntry & { room: RoomId } {
  return {
    kind: "message",
    room,
    id: ULID,
    epoch: 1,
    seq: 1,
    at: 1_795_240_005_168,
    order: 1,
    author: ANN,
    text: "first",
    via: "redis-chat",
    ...fields,
  };
}

function joined(room: RoomId, fields: Partial<JoinedSignal> = {}): ChatEvent {
  return {
    kind: "joined",
    again: false,
    room,
    at: 1_795_240_005_168,
    via: "redis-chat",
    member: { session: SESSION, author: ANN },
    ...fields,
  };
}

function left(room: RoomId, gone: boolean): ChatEvent {
  const member = { session: SESSION, author: ANN };
  const signal = { room, at: 0, via: "redis-chat" };
  return { kind: "left", ...signal, member, gone };
}

/** What both profiles say of a message of Ann's. */
function original(recipient: Json, more: Record<string, Json> = {}) {
  return {
    UUID: ULID_AS_UUID,
    Sender: { UUID: ANN_ID, Username: "ann", OnLine: false },
    SenderUUID: ANN_ID,
    RecipientUUID: recipient,
    Message: "first",
    CreatedAt: "2026-11-21T05:46:45.168Z",
    ...more,
  };
}

/** And what the document says besides. */
function documented(recipient: Json) {
  return {
    senderUUID: ANN_ID,
    recipientUUID: recipient,
    message: "first",
    ["created_at"]: "2026-11-21T05:46:45.168Z",
    createdAt: "2026-11-21T05:46:45.168Z",
  };
}

for (const publicForm of PUBLIC_FORMS) {
  const form = JSON.stringify(publicForm);

  pure(
    `redis-chat encode() calls the public channel ${form}, as the original`,
    () => {
      const variant = { profile: "original", publicForm } as const;

      assertEquals(encoded(message(LOBBY), variant), {
        type: "channelMessage",
        channelMessage: original(publicForm),
      });
    },
  );

  pure(
    `redis-chat encode() calls the public channel ${form}, as the document`,
    () => {
      const variant = { profile: "document", publicForm } as const;

      assertEquals(encoded(message(LOBBY), variant), {
        type: "channelMessage",
        channelMessage: {
          ...original(publicForm),
          ...documented(publicForm),
        },
      });
    },
  );

  pure(
    `redis-chat encode() tells of a joiner of the public channel ${form}`,
    () => {
      const sys = {
        SUUID: SESSION,
        type: "sys",
        userUUID: ANN_ID,
        sys: {
          type: "channelJoin",
          channelJoin: publicForm === "" ? {} : { recipientUUID: publicForm },
        },
      };

      assertEquals(
        encoded(joined(LOBBY), { profile: "original", publicForm }),
        {
          ...sys,
          user: { UUID: ANN_ID, Username: "ann", OnLine: true },
        },
      );
      assertEquals(
        encoded(joined(LOBBY), { profile: "document", publicForm }),
        {
          ...sys,
          user: {
            UUID: ANN_ID,
            Username: "ann",
            username: "ann",
            Password: "",
            OnLine: true,
          },
        },
      );
    },
  );
}

for (const publicForm of PUBLIC_FORMS) {
  pure(
    `redis-chat encode() names a private message's recipient, whatever the public channel is called (${
      JSON.stringify(publicForm)
    })`,
    () => {
      const said = message(PRIVATE, { extra: { recipient: "bob" } });
      const recipient = { UUID: BOB_ID, Username: "bob", OnLine: false };

      assertEquals(encoded(said, { profile: "original", publicForm }), {
        type: "channelMessage",
        channelMessage: original(BOB_ID, { Recipient: recipient }),
      });
      assertEquals(encoded(said, { profile: "document", publicForm }), {
        type: "channelMessage",
        channelMessage: {
          ...original(BOB_ID, { Recipient: recipient }),
          ...documented(BOB_ID),
        },
      });
    },
  );
}

const ORIGINAL: Variant = { profile: "original", publicForm: "" };
const DOCUMENT: Variant = { profile: "document", publicForm: "0" };

pure("redis-chat encode() sees a private channel from its sender", () => {
  const said = message(PRIVATE, { author: BOB, extra: { recipient: "ann" } });

  const { channelMessage } = encoded(said, ORIGINAL);

  assertEquals(channelMessage, {
    ...original(ANN_ID, {
      Recipient: { UUID: ANN_ID, Username: "ann", OnLine: false },
    }),
    Sender: { UUID: BOB_ID, Username: "bob", OnLine: false },
    SenderUUID: BOB_ID,
  });
});

pure("redis-chat encode() leaves out a recipient that nobody is", () => {
  const room = `@dm/${ANN_ID}/room-x` as RoomId;

  assertEquals(encoded(message(room), ORIGINAL).channelMessage, {
    ...original("room-x"),
  });
});

pure(
  "redis-chat encode() takes no recipient from another dialect's fields",
  () => {
    const extra = { recipient: "forged" };
    const said = message(LOBBY, { via: "channel-chat", extra });

    assertEquals(encoded(said, ORIGINAL).channelMessage, original(""));
  },
);

pure(
  "redis-chat encode() tells who joined or left a private channel, as they call it",
  () => {
    const user = { UUID: ANN_ID, Username: "ann", OnLine: true };
    const same = { SUUID: SESSION, type: "sys", userUUID: ANN_ID, user };
    const block = { recipientUUID: BOB_ID };

    assertEquals(encoded(joined(PRIVATE), ORIGINAL), {
      ...same,
      sys: { type: "channelJoin", channelJoin: block },
    });
    assertEquals(encoded(left(PRIVATE, false), ORIGINAL), {
      ...same,
      sys: { type: "channelLeave", channelLeave: block },
    });
  },
);

pure(
  "redis-chat encode() tells of one who joins again, if it does so in this protocol",
  () => {
    const again = joined(LOBBY, { again: true });
    const elsewhere = joined(LOBBY, { again: true, via: "wschat" });

    assertEquals(encoded(again, DOCUMENT).sys, {
      type: "channelJoin",
      channelJoin: { recipientUUID: "0" },
    });
    assertEquals(encode(elsewhere, DOCUMENT), null);
  },
);

const SILENT: Readonly<Record<string, ChatEvent>> = {
  "a socket that is gone": left(LOBBY, true),
  "a new name": {
    kind: "renamed",
    room: LOBBY,
    at: 0,
    via: "wschat",
    member: { session: SESSION, author: ANN },
    oldName: "anna",
  },
  "a closed room": {
    kind: "closed",
    room: LOBBY,
    id: ULID,
    epoch: 1,
    seq: 2,
    at: 0,
    order: 1,
    author: ANN,
    reopens: true,
  },
  "the list of rooms": { kind: "rooms", rooms: [], at: 0 },
};

for (const [what, event] of Object.entries(SILENT)) {
  for (const variant of [ORIGINAL, DOCUMENT]) {
    pure(
      `redis-chat encode() has no frame for ${what}, in ${variant.profile}`,
      () => {
        assertEquals(encode(event, variant), null);
      },
    );
  }
}

pure(
  "redis-chat userBlock() has an empty password, or none, and nothing else",
  () => {
    const stored = { id: ANN_ID, name: "ann", password: { key: "secret" } };

    const document = userBlock(stored, { online: false, variant: DOCUMENT });
    const original = userBlock(stored, { online: true, variant: ORIGINAL });

    assertEquals(document, {
      UUID: ANN_ID,
      Username: "ann",
      username: "ann",
      Password: "",
      OnLine: false,
    });
    assertEquals(original, { UUID: ANN_ID, Username: "ann", OnLine: true });
  },
);

const ERRORS: readonly [profile: Profile, frame: string][] = [
  [
    "document",
    '{"type":"error","error":{"code":4,"error":"wrong password","message":"wrong password"}}',
  ],
  ["original", '{"type":"error","error":{"code":4,"error":"wrong password"}}'],
];

for (const [profile, frame] of ERRORS) {
  pure(`redis-chat errorFrame() says its text as ${profile} does`, () => {
    const refused = { code: 4, text: "wrong password" };

    assertEquals(errorFrame(refused, profile), frame);
  });
}

pure("redis-chat isPublic() knows the public channel in all its forms", () => {
  const all: Json[] = ["", "0", 0, null];

  assertEquals(all.map(isPublic), [true, true, true, true]);
  assertEquals(isPublic(undefined), true);
  assertEquals(["00", "general", ANN_ID].map(isPublic), [false, false, false]);
});

pure("redis-chat variantOf() has one object per profile and form", () => {
  const forms = PUBLIC_FORMS.flatMap((publicForm) => [
    variantOf({ profile: "document", publicForm }),
    variantOf({ profile: "original", publicForm }),
  ]);

  assertEquals(new Set(forms.map(({ encoder }) => encoder)).size, 6);
  assertEquals(variantOf(DOCUMENT), variantOf({ ...DOCUMENT }));
  assertThrows(
    () => variantOf({ ...DOCUMENT, publicForm: "1" } as never),
    TypeError,
  );
});

const ULIDS: readonly [ulid: string, uuid: string, why: string][] = [
  [ULID, ULID_AS_UUID, "any"],
  [
    "00000000000000000000000000",
    "00000000-0000-4000-8000-000000000000",
    "the first",
  ],
  [
    "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
    "ffffffff-ffff-4fff-bfff-ffffffffffff",
    "the last",
  ],
  [
    "7ZZZZZZZZZZZZZZZZZZZZZZZZY",
    "ffffffff-ffff-4fff-bfff-fffffffffffe",
    "the last but one",
  ],
];

for (const [ulid, uuid, why] of ULIDS) {
  pure(`redis-chat uuidOfUlid() shows ${why} as a UUID v4`, () => {
    assertEquals(uuidOfUlid(ulid), uuid);
  });
}

function encoded(event: ChatEvent, variant: Variant): Record<string, Json> {
  return JSON.parse(encode(event, variant) ?? "null");
}

/** A test that may touch nothing outside. */
function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}
