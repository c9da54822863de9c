import type { ChangeName } from "./cross_changes.ts";
import type { EventName } from "./cross_events.ts";

/** A frame as text, or none; or one for each profile. */
export type Expected = string | null | {
  readonly document: string | null;
  readonly original: string | null;
};

/** What an event looks like in each dialect. */
export interface Look {
  readonly "chat-ws": Expected;
  readonly "channel-chat": Expected;
  readonly wschat: Expected;
  readonly "redis-chat": Expected;
  readonly "nest-chat": Expected;
}

const ANN = "5224ec4b-dc65-48f3-bda9-ed9d7c259807";
export const BOB = "9d3b1a70-4a55-4d0e-8a86-0f4f6f1f2a11";
const NOBODY = "c0a8f0de-11d5-4c3f-9f5e-3a1d5b7f9e22";

/** chat-ws's message: the rest of the frame without the time. */
export function received(said: string, original = said): Expected {
  const head = '{"type":"receive-message","room_id":"general",';
  return {
    document: `${head}${said},"sent_at":1730758663.598}`,
    original: `${head}${original},"sent_at":1730758663598}`,
  };
}

/** channel-chat's message, what it says and by whom. */
export function channelled(said: string, user: string): Expected {
  return {
    document:
      `{"type":"message",${said},"timestamp":1730758663,"user":"${user}"}`,
    original:
      `{"type":"message",${said},"timestamp":1730758663598,"user":"${user}"}`,
  };
}

/** redis-chat's message, as it quotes the text. */
export function published(
  id: string,
  name: string,
  { text = "Hi!", at = "2024-11-04T22:17:43.598Z" } = {},
): Expected {
  const block = (recipient: string, more: string) =>
    `{"type":"channelMessage","channelMessage":{` +
    `"UUID":"0192fb20-d87e-4000-8000-000000000000",` +
    `"Sender":{"UUID":"${id}","Username":"${name}","OnLine":false},` +
    `"SenderUUID":"${id}","RecipientUUID":"${recipient}",` +
    `"Message":"${text}","CreatedAt":"${at}"${more}}}`;
  const more =
    `,"senderUUID":"${id}","recipientUUID":"0","message":"${text}",` +
    `"created_at":"${at}","createdAt":"${at}"`;
  return { document: block("0", more), original: block("", "") };
}

/** redis-chat's word of one who comes or goes. */
function sys(
  type: "channelJoin" | "channelLeave",
  id: string,
  name: string,
): Expected {
  const frame = (more: string, recipient: string) =>
    `{"SUUID":"7a1f6a0e-6c1b-4f52-b9f4-5f0b6a7d8c33","type":"sys",` +
    `"userUUID":"${id}",` +
    `"user":{"UUID":"${id}","Username":"${name}","OnLine":true${more}},` +
    `"sys":{"type":"${type}","${type}":{${recipient}}}}`;
  return {
    document: frame(
      `,"username":"${name}","Password":""`,
      '"recipientUUID":"0"',
    ),
    original: frame("", ""),
  };
}

/** nest-chat's message of another dialect: all six fields. */
export function exchanged(id: string, name: string, content = "Hi!"): string {
  return `42["exchanges",{"roomId":"general","username":"${name}",` +
    `"content":"${content}","createdAt":"2024-11-04T22:17:43.598Z",` +
    `"socketId":"${id}","order":1}]`;
}

function participant(name: string): string {
  return `{"roomId":"general","username":"${name}","connected":true}`;
}

/** Every event in every dialect but the native one; changes are elsewhere. */
export const LOOKS: Readonly<Record<Exclude<EventName, ChangeName>, Look>> = {
  "a text of a guest": {
    "chat-ws": received('"from":"Ann","message":"Hi!"'),
    "channel-chat": channelled('"text":"Hi!"', "Ann"),
    wschat: '{"type":"text","text":"Hi!","from":{"id":7,"name":"Ann"}}',
    "redis-chat": published(ANN, "Ann"),
    "nest-chat": exchanged(ANN, "Ann"),
  },
  "a text of a user with a password": {
    "chat-ws": received('"from":"Bob","message":"Hi!"'),
    "channel-chat": channelled('"text":"Hi!"', "Bob"),
    wschat: '{"type":"text","text":"Hi!","from":{"id":8,"name":"Bob"}}',
    "redis-chat": published(BOB, "Bob"),
    "nest-chat": exchanged(BOB, "Bob"),
  },
  "a text of a guest of the same name": {
    "chat-ws": received('"from":"Bob","message":"Hi!"'),
    "channel-chat": channelled('"text":"Hi!"', "Bob"),
    wschat: '{"type":"text","text":"Hi!","from":{"id":7,"name":"Bob"}}',
    "redis-chat": published(ANN, "Bob"),
    "nest-chat": exchanged(ANN, "Bob"),
  },
  "a text of somebody without a name": {
    "chat-ws": received('"from":"","message":"Hi!"'),
    "channel-chat": channelled('"text":"Hi!"', ""),
    wschat: '{"type":"text","text":"Hi!","from":{"id":9,"name":"User 9"}}',
    "redis-chat": published(NOBODY, ""),
    "nest-chat": exchanged(NOBODY, ""),
  },
  "a text with more than channel-chat's fields": {
    "chat-ws": received('"from":"Ann","message":"Hi!"'),
    "channel-chat": channelled('"text":"Hi!","mood":"happy"', "Ann"),
    wschat: '{"type":"text","text":"Hi!","from":{"id":7,"name":"Ann"}}',
    "redis-chat": published(ANN, "Ann"),
    "nest-chat": exchanged(ANN, "Ann"),
  },
  "a number that was said as chat-ws's text": {
    "chat-ws": received(
      '"from":"Ann","message":"42"',
      '"from":"Ann","message":42',
    ),
    "channel-chat": channelled('"text":"42"', "Ann"),
    wschat: '{"type":"text","text":"42","from":{"id":7,"name":"Ann"}}',
    "redis-chat": published(ANN, "Ann", { text: "42" }),
    "nest-chat": exchanged(ANN, "Ann", "42"),
  },
  "a text that is HTML": {
    "chat-ws": received('"from":"Ann","message":"<b onclick=\\"x\\">"'),
    "channel-chat": channelled('"text":"<b onclick=\\"x\\">"', "Ann"),
    wschat:
      '{"type":"text","text":"<b onclick=\\"x\\">","from":{"id":7,"name":"Ann"}}',
    "redis-chat": published(ANN, "Ann", { text: '<b onclick=\\"x\\">' }),
    "nest-chat": exchanged(ANN, "Ann", '<b onclick=\\"x\\">'),
  },
  "a gif": {
    "chat-ws": received('"from":"Ann","message":"[gif 3]"'),
    "channel-chat": channelled('"text":"[gif 3]"', "Ann"),
    wschat: '{"type":"gif","gifId":3,"from":{"id":7,"name":"Ann"}}',
    "redis-chat": published(ANN, "Ann", { text: "[gif 3]" }),
    "nest-chat": exchanged(ANN, "Ann", "[gif 3]"),
  },
  "a guest joins": {
    "chat-ws": '{"type":"join-room","room_id":"general","from":"Ann"}',
    "channel-chat": null,
    wschat: '{"type":"enter_room","user":{"id":7,"name":"Ann"}}',
    "redis-chat": sys("channelJoin", ANN, "Ann"),
    "nest-chat": null,
  },
  "a guest joins with more than chat-ws's fields": {
    "chat-ws":
      '{"type":"join-room","room_id":"general","from":"Ann","avatar":"cat"}',
    "channel-chat": null,
    wschat: '{"type":"enter_room","user":{"id":7,"name":"Ann"}}',
    "redis-chat": sys("channelJoin", ANN, "Ann"),
    "nest-chat": null,
  },
  "a user with a password joins": {
    "chat-ws": '{"type":"join-room","room_id":"general","from":"Bob"}',
    "channel-chat": null,
    wschat: '{"type":"enter_room","user":{"id":8,"name":"Bob"}}',
    "redis-chat": sys("channelJoin", BOB, "Bob"),
    "nest-chat": null,
  },
  "somebody without a name joins": {
    "chat-ws": '{"type":"join-room","room_id":"general","from":""}',
    "channel-chat": null,
    wschat: '{"type":"enter_room","user":{"id":9,"name":"User 9"}}',
    "redis-chat": sys("channelJoin", NOBODY, ""),
    "nest-chat": null,
  },
  "a member says again in wschat that it joins": {
    "chat-ws": null,
    "channel-chat": null,
    wschat: '{"type":"enter_room","user":{"id":7,"name":"Ann"}}',
    "redis-chat": null,
    "nest-chat": null,
  },
  "a member says again in redis-chat that it joins": {
    "chat-ws": null,
    "channel-chat": null,
    wschat: null,
    "redis-chat": sys("channelJoin", BOB, "Bob"),
    "nest-chat": null,
  },
  "a member leaves": {
    "chat-ws": '{"type":"leave-room","room_id":"general","from":"Ann"}',
    "channel-chat": null,
    wschat: '{"type":"leave_room","user":{"id":7,"name":"Ann"}}',
    "redis-chat": sys("channelLeave", ANN, "Ann"),
    "nest-chat": null,
  },
  "a member's socket is gone": {
    "chat-ws": '{"type":"leave-room","room_id":"general","from":"Ann"}',
    "channel-chat": null,
    wschat: '{"type":"leave_room","user":{"id":7,"name":"Ann"}}',
    "redis-chat": null,
    "nest-chat": null,
  },
  "a member is renamed": {
    "chat-ws": null,
    "channel-chat": null,
    wschat: '{"type":"change_name","oldName":"Ann","newName":"Anna"}',
    "redis-chat": null,
    "nest-chat": null,
  },
  "a member without a name gets one": {
    "chat-ws": null,
    "channel-chat": null,
    wschat: '{"type":"change_name","oldName":"User 9","newName":"Cid"}',
    "redis-chat": null,
    "nest-chat": null,
  },
  "a member's name is cleared": {
    "chat-ws": null,
    "channel-chat": null,
    wschat: '{"type":"change_name","oldName":"Cid","newName":"User 9"}',
    "redis-chat": null,
    "nest-chat": null,
  },
  "a room is made": {
    "chat-ws": null,
    "channel-chat": null,
    wschat: '{"type":"list_rooms","rooms":{' +
      '"1":{"id":1,"title":"Room 1","users":{}},' +
      '"4":{"id":4,"title":"general","users":{' +
      '"8":{"id":8,"name":"Bob"},"9":{"id":9,"name":"User 9"}}}}}',
    "redis-chat": null,
    "nest-chat": null,
  },
  "a room is closed": {
    "chat-ws": '{"error":"Room \\"general\\" was closed"}',
    "channel-chat": null,
    wschat: null,
    "redis-chat": null,
    "nest-chat": {
      document: '42["participants/general",[]]',
      original: null,
    },
  },
  "a room is emptied": {
    "chat-ws": '{"error":"Room \\"general\\" was emptied"}',
    "channel-chat": null,
    wschat: null,
    "redis-chat": null,
    "nest-chat": null,
  },
  "a text of a nest-chat client that says when": {
    "chat-ws": received('"from":"Ann","message":"Hi!"'),
    "channel-chat": channelled('"text":"Hi!"', "Ann"),
    wschat: '{"type":"text","text":"Hi!","from":{"id":7,"name":"Ann"}}',
    "redis-chat": published(ANN, "Ann"),
    "nest-chat":
      '42["exchanges",{"roomId":"general","username":"Ann","content":"Hi!",' +
      '"createdAt":"yesterday","mood":"happy",' +
      '"socketId":"hfCjndg2zVYNUqP2AAAA","order":1}]',
  },
  "a text of a nest-chat client that does not say when": {
    "chat-ws": received('"from":"Ann","message":"Hi!"'),
    "channel-chat": channelled('"text":"Hi!"', "Ann"),
    wschat: '{"type":"text","text":"Hi!","from":{"id":7,"name":"Ann"}}',
    "redis-chat": published(ANN, "Ann"),
    "nest-chat": {
      document: exchanged("hfCjndg2zVYNUqP2AAAA", "Ann"),
      original: exchanged("hfCjndg2zVYNUqP2AAAA", "Ann")
        .replace('"createdAt":"2024-11-04T22:17:43.598Z",', ""),
    },
  },
  "who is in the room, whole": {
    "chat-ws": null,
    "channel-chat": null,
    wschat: null,
    "redis-chat": null,
    "nest-chat": `42["exchanges",[${participant("Bob")},` +
      '{"roomId":"general","username":"Ann","avatar":"cat","connected":true}]]',
  },
  "who is in the room, whole, and who has gone": {
    "chat-ws": null,
    "channel-chat": null,
    wschat: null,
    "redis-chat": null,
    "nest-chat": `42["participants/general",[${participant("Bob")},${
      participant("Ann").replace("true", "false")
    }]]`,
  },
};
