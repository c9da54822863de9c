/**
 * parley.v1 on the wire: what a room's sessions are told. Written by hand, for
 * this is what a busy server does most.
 *
 * @module
 */
import type { Encoder } from "../../core/encoder.ts";
import type { ChatEvent, EntryEvent } from "../../core/events.ts";
import type { Author, Entry, MessageEntry } from "../../core/types.ts";

/** The dialect's name, and its subprotocol. */
export const NAME = "parley.v1";

const quote: (text: string) => string = JSON.stringify;

/** Most authors say more than one thing, and are the same object each time. */
const authorTexts = new WeakMap<Author, string>();

/** A user, on the wire. */
export function userText(user: Author): string {
  const known = authorTexts.get(user);
  if (known !== undefined) return known;
  const { id, number, name, verified } = user;
  const text = `{"id":${quote(id)},"number":${number},"name":${quote(name)},` +
    `"verified":${verified}}`;
  authorTexts.set(user, text);
  return text;
}

/** An epoch, on the wire: clients compare it, and nothing else. */
export function epochText(epoch: number): string {
  return `"${epoch}"`;
}

/** One entry of a log. */
export function entryText(entry: Entry): string {
  const { kind, seq, id, at, author } = entry;
  const head = `{"kind":"${kind}","seq":${seq},"id":"${id}","at":${at},` +
    `"author":${userText(author)},`;
  switch (entry.kind) {
    case "message":
      return head + messageText(entry);
    case "edited": {
      const { target, text, deletedAt } = entry;
      const deleted = deletedAt === undefined ? "" : ',"deleted":true';
      return `${head}"target":${target.seq},"text":${quote(text)}${deleted}}`;
    }
    case "deleted":
      return `${head}"target":${entry.target.seq}}`;
    case "reacted": {
      const { target, reaction, removed } = entry;
      return `${head}"target":${target.seq},"reaction":${quote(reaction)},` +
        `"removed":${removed}}`;
    }
    case "closed":
      return `${head}"reopens":${entry.reopens}}`;
  }
}

function messageText(message: MessageEntry): string {
  const { order, text, via, replyTo, data } = message;
  const { editedAt, deletedAt, reactions } = message;
  let rest = `"order":${order},"text":${quote(text)},"via":${quote(via)}`;
  if (replyTo !== undefined) rest += `,"reply_to":${replyTo}`;
  if (data) rest += `,"data":${JSON.stringify(data)}`;
  if (editedAt !== undefined) rest += `,"edited_at":${editedAt}`;
  if (deletedAt !== undefined) rest += ',"deleted":true';
  if (reactions) {
    rest += `,"reactions":${JSON.stringify(Object.fromEntries(reactions))}`;
  }
  return `${rest}}`;
}

/** Writes one frame of all entries of a room that follow each other. */
export const encoder: Encoder = {
  dialect: NAME,
  wantsEveryEntry: true,
  encode(events: readonly ChatEvent[]): readonly string[] {
    const texts: string[] = [];
    let run: EntryEvent[] = [];
    const end = () => {
      const text = eventsFrame(run);
      if (text !== null) texts.push(text);
      run = [];
    };
    for (const event of events) {
      if (!("seq" in event) || event.kind === "read") {
        end();
        const text = signalFrame(event);
        if (text !== null) texts.push(text);
        continue;
      }
      const last = run.at(-1);
      if (last && !follows(event, last)) end();
      run.push(event);
    }
    end();
    return texts;
  },
};

function follows(next: EntryEvent, last: EntryEvent): boolean {
  return next.room === last.room && next.epoch === last.epoch &&
    next.seq === last.seq + 1;
}

function eventsFrame(run: readonly EntryEvent[]): string | null {
  const first = run[0];
  if (!first) return null;
  let entries = entryText(first);
  for (let i = 1; i < run.length; i++) {
    const entry = run[i];
    if (entry) entries += "," + entryText(entry);
  }
  return `{"type":"events","room":${quote(first.room)},` +
    `"epoch":${epochText(first.epoch)},"after":${first.seq - 1},` +
    `"entries":[${entries}]}`;
}

/** What is not kept in the log; `null` where natives are not told of it. */
export function signalFrame(
  event: Exclude<ChatEvent, EntryEvent>,
): string | null {
  switch (event.kind) {
    case "arrived":
    case "departed":
      return `{"type":"${event.kind}","room":${quote(event.room)},` +
        `"user":${userText(event.user)},"member_count":${event.memberCount}}`;
    case "counted":
      return `{"type":"member_count","room":${quote(event.room)},` +
        `"member_count":${event.memberCount}}`;
    case "renamed":
      return `{"type":"renamed","room":${quote(event.room)},` +
        `"user":${userText(event.member.author)},` +
        `"old_name":${quote(event.oldName)}}`;
    case "typing":
      return `{"type":"typing","room":${quote(event.room)},` +
        `"user":${userText(event.user)},"on":${event.on}}`;
    case "read":
      return `{"type":"read","room":${quote(event.room)},"seq":${event.seq},` +
        `"unread":${event.unread}}`;
    case "joined":
    case "left":
    case "roster":
    case "rooms":
      return null;
  }
}
