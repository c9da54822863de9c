import { assertEquals } from "@std/assert";
import type { ChatEvent, RoomView } from "../../src/core/events.ts";
import type {
  Author,
  Extra,
  Member,
  RoomId,
  SessionId,
} from "../../src/core/types.ts";
import { PROFILES } from "../../src/dialects/dialect.ts";
import {
  encode,
  memberFrame,
  welcomeFrame,
} from "../../src/dialects/wschat_codec.ts";

const ROOM = "Room 1" as RoomId;
const FOUR: Author = {
  id: "5224ec4b-dc65-48f3-bda9-ed9d7c259807",
  number: 4,
  name: "User 4",
  verified: false,
};
const NAMELESS: Author = { ...FOUR, name: "" };
const SIGNAL = {
  room: ROOM,
  at: 1_652_997_756_903,
  via: "wschat",
};
const ANN: Author = { ...FOUR, name: "Ann" };
const HOSTILE: Author = { ...FOUR, name: `<img src=x onerror='alert("&")'>` };
const HARMLESS = "&#60;img src=x onerror=&#39;alert(&#34;&#38;&#34;)&#39;&#62;";

function memberOf(author: Author): Member {
  return { session: author.id as SessionId, author };
}

function message(
  fields: {
    author?: Author;
    text?: string;
    via?: string;
    extra?: Extra;
  } = {},
): ChatEvent {
  return {
    kind: "message",
    room: ROOM,
    id: "01JBXJ1P3Y0000000000000000",
    epoch: 1,
    seq: 1,
    at: 1_652_997_756_903,
    order: 1,
    author: FOUR,
    text: "some message",
    via: "wschat",
    ...fields,
  };
}

function renamed(
  oldName: string,
  author: Author,
  options: { via?: string; extra?: Extra } = {},
): ChatEvent {
  const member = memberOf(author);
  return { kind: "renamed", ...SIGNAL, member, oldName, ...options };
}

function rooms(views: readonly RoomView[]): ChatEvent {
  return { kind: "rooms", rooms: views, at: 1_652_997_756_903 };
}

interface Row {
  readonly what: string;
  readonly event: ChatEvent;
  readonly document: string | null;
  readonly original: string | null;
}

const FROM_4 = '"from":{"id":4,"name":"User 4"}';

const MESSAGE_ROWS: readonly Row[] = [
  {
    what: "the document's text",
    event: message(),
    document: `{"type":"text","text":"some message",${FROM_4}}`,
    original: `{"type":"text","text":"some message",${FROM_4}}`,
  },
  {
    what: "the document's gif",
    event: message({
      text: "[gif 3]",
      extra: { gif: true, given: { gifId: 3 } },
    }),
    document: `{"type":"gif","gifId":3,${FROM_4}}`,
    original: `{"type":"gif","gifId":3,${FROM_4}}`,
  },
  {
    what: "a gif by a string of digits as such",
    event: message({
      text: "[gif 4]",
      extra: { gif: true, given: { gifId: "4" } },
    }),
    document: `{"type":"gif","gifId":"4",${FROM_4}}`,
    original: `{"type":"gif","gifId":"4",${FROM_4}}`,
  },
  {
    what: "a gif that the document does not know, as text or as it was given",
    event: message({
      text: "[gif ../x]",
      extra: { gif: true, given: { gifId: "../x" } },
    }),
    document: `{"type":"text","text":"[gif ../x]",${FROM_4}}`,
    original: `{"type":"gif","gifId":"../x",${FROM_4}}`,
  },
  {
    what: "a gif that was not given, as text or not at all",
    event: message({ text: "[gif ]", extra: { gif: true, given: {} } }),
    document: `{"type":"text","text":"[gif ]",${FROM_4}}`,
    original: `{"type":"gif",${FROM_4}}`,
  },
  {
    what: "a number that was said, as a string or as it was given",
    event: message({ text: "9", extra: { given: { text: 9 } } }),
    document: `{"type":"text","text":"9",${FROM_4}}`,
    original: `{"type":"text","text":9,${FROM_4}}`,
  },
  {
    what: "nothing that was said, as an empty text or not at all",
    event: message({ text: "", extra: { given: {} } }),
    document: `{"type":"text","text":"",${FROM_4}}`,
    original: `{"type":"text",${FROM_4}}`,
  },
  {
    what: "another dialect's extra fields not at all",
    event: message({
      via: "chat-ws",
      extra: { gif: true, given: { gifId: 3 } },
    }),
    document: `{"type":"text","text":"some message",${FROM_4}}`,
    original: `{"type":"text","text":"some message",${FROM_4}}`,
  },
  {
    what: "who has no name by number",
    event: message({ author: NAMELESS, via: "channel-chat" }),
    document: `{"type":"text","text":"some message",${FROM_4}}`,
    original: `{"type":"text","text":"some message",${FROM_4}}`,
  },
  {
    what: "markup as it is",
    event: message({ author: HOSTILE, text: "<b>hey</b>" }),
    document:
      `{"type":"text","text":"<b>hey</b>","from":{"id":4,"name":"<img src=x onerror='alert(\\"&\\")'>"}}`,
    original:
      `{"type":"text","text":"<b>hey</b>","from":{"id":4,"name":"<img src=x onerror='alert(\\"&\\")'>"}}`,
  },
];

const SIGNAL_ROWS: readonly Row[] = [
  {
    what: "who enters",
    event: {
      kind: "joined",
      again: false,
      ...SIGNAL,
      member: memberOf(FOUR),
    },
    document: '{"type":"enter_room","user":{"id":4,"name":"User 4"}}',
    original: '{"type":"enter_room","user":{"id":4,"name":"User 4"}}',
  },
  {
    what: "who enters again",
    event: { kind: "joined", again: true, ...SIGNAL, member: memberOf(ANN) },
    document: '{"type":"enter_room","user":{"id":4,"name":"Ann"}}',
    original: '{"type":"enter_room","user":{"id":4,"name":"Ann"}}',
  },
  {
    what: "who leaves",
    event: {
      kind: "left",
      gone: false,
      ...SIGNAL,
      via: "chat-ws",
      member: memberOf(NAMELESS),
    },
    document: '{"type":"leave_room","user":{"id":4,"name":"User 4"}}',
    original: '{"type":"leave_room","user":{"id":4,"name":"User 4"}}',
  },
  {
    what: "another name",
    event: renamed("My old name", { ...FOUR, name: "my new name" }),
    document:
      '{"type":"change_name","oldName":"My old name","newName":"my new name"}',
    original:
      '{"type":"change_name","oldName":"My old name","newName":"my new name"}',
  },
  {
    what: "the first name of who had none, in another dialect",
    event: renamed("", ANN, { via: "channel-chat" }),
    document: '{"type":"change_name","oldName":"User 4","newName":"Ann"}',
    original: '{"type":"change_name","oldName":"User 4","newName":"Ann"}',
  },
  {
    what: "the empty name by number",
    event: renamed("Ann", NAMELESS),
    document: '{"type":"change_name","oldName":"Ann","newName":"User 4"}',
    original: '{"type":"change_name","oldName":"Ann","newName":"User 4"}',
  },
  {
    what: "a name that is a number, as a string or as it was given",
    event: renamed("Ann", { ...FOUR, name: "5" }, {
      extra: { given: { oldName: "Ann", newName: 5 } },
    }),
    document: '{"type":"change_name","oldName":"Ann","newName":"5"}',
    original: '{"type":"change_name","oldName":"Ann","newName":5}',
  },
  {
    what: "a name that was not given, by number or not at all",
    event: renamed("Ann", NAMELESS, { extra: { given: { oldName: "Ann" } } }),
    document: '{"type":"change_name","oldName":"Ann","newName":"User 4"}',
    original: '{"type":"change_name","oldName":"Ann"}',
  },
  {
    what: "the list of rooms, by number",
    event: rooms([
      { id: ROOM, number: 1, title: "Room 1", members: [memberOf(FOUR)] },
      { id: "Lab" as RoomId, number: 12, title: "Lab", members: [] },
      { id: "x" as RoomId, number: 5, title: "x", members: [] },
    ]),
    document:
      '{"type":"list_rooms","rooms":{"1":{"id":1,"title":"Room 1","users":{"4":{"id":4,"name":"User 4"}}},"5":{"id":5,"title":"x","users":{}},"12":{"id":12,"title":"Lab","users":{}}}}',
    original:
      '{"type":"list_rooms","rooms":{"1":{"id":1,"title":"Room 1","users":{"4":{"id":4,"name":"User 4"}}},"5":{"id":5,"title":"x","users":{}},"12":{"id":12,"title":"Lab","users":{}}}}',
  },
  {
    what: "a user of two sessions once",
    event: rooms([{
      id: ROOM,
      number: 1,
      title: "Room 1",
      members: [memberOf(FOUR), memberOf({ ...FOUR })],
    }]),
    document:
      '{"type":"list_rooms","rooms":{"1":{"id":1,"title":"Room 1","users":{"4":{"id":4,"name":"User 4"}}}}}',
    original:
      '{"type":"list_rooms","rooms":{"1":{"id":1,"title":"Room 1","users":{"4":{"id":4,"name":"User 4"}}}}}',
  },
  {
    what: "an empty list of rooms",
    event: rooms([]),
    document: '{"type":"list_rooms","rooms":{}}',
    original: '{"type":"list_rooms","rooms":{}}',
  },
  {
    what: "nothing of a closed room: its members are told otherwise",
    event: {
      kind: "closed",
      room: ROOM,
      id: "01JBXJ1P3Y0000000000000001",
      epoch: 1,
      seq: 2,
      at: 1_652_997_756_903,
      order: 1,
      author: FOUR,
      reopens: false,
    },
    document: null,
    original: null,
  },
];

for (const profile of PROFILES) {
  for (const row of [...MESSAGE_ROWS, ...SIGNAL_ROWS]) {
    pure(`wschat encode() writes in ${profile} ${row.what}`, () => {
      const frame = encode(row.event, { profile, escape: false });

      assertEquals(frame, row[profile]);
    });
  }

  pure(`wschat frames of its own in ${profile} are the document's`, () => {
    const variant = { profile, escape: false };

    const welcome = welcomeFrame(NAMELESS, variant);
    const enter = memberFrame("enter_room", ANN, variant);
    const leave = memberFrame("leave_room", ANN, variant);

    assertEquals(welcome, '{"type":"welcome","user":{"id":4,"name":"User 4"}}');
    assertEquals(enter, '{"type":"enter_room","user":{"id":4,"name":"Ann"}}');
    assertEquals(leave, '{"type":"leave_room","user":{"id":4,"name":"Ann"}}');
  });
}

/** All that an escaping variant must write harmlessly, in the original's words. */
const ESCAPE_ROWS: readonly [what: string, event: ChatEvent, frame: string][] =
  [
    [
      "text and name",
      message({ author: HOSTILE, text: `"'&<b>` }),
      `{"type":"text","text":"&#34;&#39;&#38;&#60;b&#62;","from":{"id":4,"name":"${HARMLESS}"}}`,
    ],
    [
      "strings inside of what was given as text",
      message({ extra: { given: { text: ["<b>", { "<i>": "<u>" }, 7] } } }),
      `{"type":"text","text":["&#60;b&#62;",{"&#60;i&#62;":"&#60;u&#62;"},7],${FROM_4}}`,
    ],
    [
      "what was given as a gif",
      message({ extra: { gif: true, given: { gifId: '"><b>' } } }),
      `{"type":"gif","gifId":"&#34;&#62;&#60;b&#62;",${FROM_4}}`,
    ],
    [
      "who enters",
      {
        kind: "joined",
        again: false,
        ...SIGNAL,
        member: memberOf(HOSTILE),
      },
      `{"type":"enter_room","user":{"id":4,"name":"${HARMLESS}"}}`,
    ],
    [
      "who leaves",
      { kind: "left", gone: true, ...SIGNAL, member: memberOf(HOSTILE) },
      `{"type":"leave_room","user":{"id":4,"name":"${HARMLESS}"}}`,
    ],
    [
      "both names",
      renamed("<b>", HOSTILE),
      `{"type":"change_name","oldName":"&#60;b&#62;","newName":"${HARMLESS}"}`,
    ],
    [
      "what was given as names",
      renamed("", FOUR, {
        extra: { given: { oldName: ["<b>"], newName: { a: "<b>" } } },
      }),
      '{"type":"change_name","oldName":["&#60;b&#62;"],"newName":{"a":"&#60;b&#62;"}}',
    ],
    [
      "titles and members",
      rooms([{
        id: ROOM,
        number: 7,
        title: "<b>",
        members: [memberOf(HOSTILE)],
      }]),
      `{"type":"list_rooms","rooms":{"7":{"id":7,"title":"&#60;b&#62;","users":{"4":{"id":4,"name":"${HARMLESS}"}}}}}`,
    ],
  ];

for (const [what, event, expected] of ESCAPE_ROWS) {
  pure(`wschat encode() escapes ${what}`, () => {
    const frame = encode(event, { profile: "original", escape: true });

    assertEquals(frame, expected);
  });
}

/** A test that may touch nothing outside. */
function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}
