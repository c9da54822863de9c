import type { EventName } from "./cross_events.ts";

const ANN = author("5224ec4b-dc65-48f3-bda9-ed9d7c259807", 7, "Ann");
const BOB = author("9d3b1a70-4a55-4d0e-8a86-0f4f6f1f2a11", 8, "Bob", true);
const FALSE_BOB = author("5224ec4b-dc65-48f3-bda9-ed9d7c259807", 7, "Bob");
const NOBODY = author("c0a8f0de-11d5-4c3f-9f5e-3a1d5b7f9e22", 9, "");

function author(
  id: string,
  ...[number, name, verified = false]: [number, string, boolean?]
): string {
  return `{"id":"${id}","number":${number},"name":"${name}",` +
    `"verified":${verified}}`;
}

/** A frame with one entry: its place, its author, and the rest of it. */
function entry(
  [kind, seq, by]: [kind: string, seq: number, by: string],
  rest: string,
): string {
  const last = seq === 1 ? 0 : kind === "closed" ? 1 : 2;
  const ulid = `${"01JBXJ1P3Y".padEnd(25, "0")}${last}`;
  return `{"type":"events","room":"general","epoch":"1","after":${seq - 1},` +
    `"entries":[{"kind":"${kind}","seq":${seq},"id":"${ulid}",` +
    `"at":1730758663598,"author":${by},${rest}}]}`;
}

function said(by: string, via: string, text = "Hi!", more = ""): string {
  const rest = `"order":1,"text":"${text}","via":"${via}"${more}`;
  return entry(["message", 1, by], rest);
}

function signal(type: string, rest: string): string {
  return `{"type":"${type}","room":"general",${rest}}`;
}

/** Every event in the native dialect. */
export const NATIVE_LOOKS: Readonly<Record<EventName, string | null>> = {
  "a text of a guest": said(ANN, "chat-ws"),
  "a text of a user with a password": said(BOB, "redis-chat"),
  "a text of a guest of the same name": said(FALSE_BOB, "chat-ws"),
  "a text of somebody without a name": said(NOBODY, "channel-chat"),
  "a text with more than channel-chat's fields": said(ANN, "channel-chat"),
  "a number that was said as chat-ws's text": said(ANN, "chat-ws", "42"),
  "a text that is HTML": said(ANN, "chat-ws", '<b onclick=\\"x\\">'),
  "a gif": said(ANN, "wschat", "[gif 3]"),
  // It is told of users, once for all of their sessions.
  "a guest joins": null,
  "a guest joins with more than chat-ws's fields": null,
  "a user with a password joins": null,
  "somebody without a name joins": null,
  "a member says again in wschat that it joins": null,
  "a member says again in redis-chat that it joins": null,
  "a member leaves": null,
  "a member's socket is gone": null,
  "who is in the room, whole": null,
  "who is in the room, whole, and who has gone": null,
  "a member is renamed": signal(
    "renamed",
    `"user":${ANN.replace("Ann", "Anna")},"old_name":"Ann"`,
  ),
  "a member without a name gets one": signal(
    "renamed",
    `"user":${NOBODY.replace('""', '"Cid"')},"old_name":""`,
  ),
  "a member's name is cleared": signal(
    "renamed",
    `"user":${NOBODY},"old_name":"Cid"`,
  ),
  "a text of a nest-chat client that says when": said(ANN, "nest-chat"),
  "a text of a nest-chat client that does not say when": said(
    ANN,
    "nest-chat",
  ),
  "a room is made": null,
  "a text with what a program adds": said(
    BOB,
    "parley.v1",
    "Hi!",
    ',"reply_to":1,"data":{"mood":"happy"}',
  ),
  "a text that was edited and reacted to since": said(
    BOB,
    "parley.v1",
    "Ho!",
    ',"edited_at":1730758663599,"reactions":{"👍":' +
      '["5224ec4b-dc65-48f3-bda9-ed9d7c259807",' +
      '"9d3b1a70-4a55-4d0e-8a86-0f4f6f1f2a11"]}',
  ),
  "a text that was deleted since": said(
    BOB,
    "parley.v1",
    "",
    ',"deleted":true',
  ),
  "a text is edited": entry(["edited", 2, BOB], '"target":1,"text":"Ho!"'),
  "a text is edited that was deleted since": entry(
    ["edited", 2, BOB],
    '"target":1,"text":"","deleted":true',
  ),
  "a text is deleted": entry(["deleted", 2, BOB], '"target":1'),
  "somebody reacts": entry(
    ["reacted", 2, BOB],
    '"target":1,"reaction":"👍","removed":false',
  ),
  "a user arrives": signal("arrived", `"user":${BOB},"member_count":2`),
  "a user departs": signal("departed", `"user":${BOB},"member_count":1`),
  "a large room is counted": signal("member_count", '"member_count":777'),
  "a member types": signal("typing", `"user":${BOB},"on":true`),
  "one's other session has read": signal("read", '"seq":3,"unread":4'),
  "a room is closed": entry(["closed", 2, ANN], '"reopens":false'),
  "a room is emptied": entry(["closed", 2, ANN], '"reopens":true'),
};
