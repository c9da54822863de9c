/**
 * What became of messages after they were said.
 *
 * The log keeps every entry as it was written. What an edit, a deletion or a
 * reaction makes of its message is kept besides, in keys that are written
 * blindly by the same commit, and laid over whatever is read from the log.
 *
 * @module
 */
import {
  type EditedEntry,
  type Entry,
  isDeleted,
  type MessageEntry,
  type Position,
  type RoomId,
} from "../core/types.ts";
import { keys, type TextRevision } from "./keys.ts";

/** Records read at a time. */
const BATCH_SIZE = 500;

/** Keys that the store can be asked for at a time. */
const GET_MANY_MAX = 10;

/** The most mutations that one entry makes beside its own place. */
export const REVISION_MUTATIONS = 2;

/** Adds what an entry makes of its message to a commit. */
export function addRevision(
  atomic: Deno.AtomicOperation,
  room: RoomId,
  entry: Entry,
): void {
  if (entry.kind === "message" || entry.kind === "closed") return;
  const place = { epoch: entry.epoch, seq: entry.target.seq };
  const { at } = entry;
  switch (entry.kind) {
    case "edited":
      atomic.set(keys.revisedText(room, place), { text: entry.text, at });
      return;
    case "deleted":
      // No text of it is kept but in the log, where it was said.
      atomic.set(keys.deletion(room, place), at)
        .delete(keys.revisedText(room, place));
      return;
    case "reacted": {
      const { reaction, author } = entry;
      const key = keys.reaction(room, place, { reaction, user: author.id });
      if (entry.removed) atomic.delete(key);
      else atomic.set(key, at);
    }
  }
}

/** What is known of one message besides its entry. */
interface Revision {
  text?: TextRevision;
  deletedAt?: number;
  readonly reactions: { reaction: string; user: string; at: number }[];
}

/**
 * Entries of one epoch as they are now. To be called with what was read
 * before: a deletion that was stored by then is found.
 */
export async function overlaid(
  kv: Deno.Kv,
  room: RoomId,
  entries: readonly Entry[],
): Promise<readonly Entry[]> {
  const first = entries[0];
  if (!first) return entries;
  const { epoch } = first;
  const messages = entries.filter(({ kind }) => kind === "message");
  const revisions = await readRevisions(kv, room, rangeOf(messages));
  const edits = entries.filter((entry) => entry.kind === "edited");
  const known = new Set(messages.map(({ seq }) => seq));
  const elsewhere = edits.map(({ target }) => target.seq)
    .filter((seq) => !known.has(seq));
  await readDeletions(kv, room, { epoch, seqs: elsewhere, revisions });
  if (revisions.size === 0) return entries;
  return entries.map((entry) => {
    if (entry.kind === "message") return revised(entry, revisions);
    return entry.kind === "edited" ? withheld(entry, revisions) : entry;
  });
}

function rangeOf(
  messages: readonly Entry[],
): { from: Position; to: Position } | undefined {
  const first = messages[0];
  const last = messages.at(-1);
  if (!first || !last) return undefined;
  const { epoch } = first;
  const seqs = [first.seq, last.seq];
  return {
    from: { epoch, seq: Math.min(...seqs) },
    to: { epoch, seq: Math.max(...seqs) + 1 },
  };
}

async function readRevisions(
  kv: Deno.Kv,
  room: RoomId,
  range: { from: Position; to: Position } | undefined,
): Promise<Map<number, Revision>> {
  const revisions = new Map<number, Revision>();
  if (!range) return revisions;
  const list = kv.list<TextRevision | number>({
    start: keys.revisionsFrom(room, range.from),
    end: keys.revisionsFrom(room, range.to),
  }, { batchSize: BATCH_SIZE });
  for await (const { key, value } of list) {
    const revision = revisionAt(revisions, Number(key[3]));
    const what = key[4];
    if (typeof value !== "number") revision.text = value;
    else if (what === "deleted") revision.deletedAt = value;
    else {
      const [reaction, user] = [String(key[5]), String(key[6])];
      revision.reactions.push({ reaction, user, at: value });
    }
  }
  return revisions;
}

/** Whether messages that lie outside of what was read are deleted. */
async function readDeletions(
  kv: Deno.Kv,
  room: RoomId,
  { epoch, seqs, revisions }: {
    epoch: number;
    seqs: readonly number[];
    revisions: Map<number, Revision>;
  },
): Promise<void> {
  const wanted = Array.from(new Set(seqs));
  for (let i = 0; i < wanted.length; i += GET_MANY_MAX) {
    const some = wanted.slice(i, i + GET_MANY_MAX);
    const found = await kv.getMany<number[]>(
      some.map((seq) => keys.deletion(room, { epoch, seq })),
    );
    for (const [j, { value }] of found.entries()) {
      const seq = some[j];
      if (value === null || seq === undefined) continue;
      revisionAt(revisions, seq).deletedAt = value;
    }
  }
}

function revisionAt(revisions: Map<number, Revision>, seq: number): Revision {
  const known = revisions.get(seq);
  if (known) return known;
  const added: Revision = { reactions: [] };
  revisions.set(seq, added);
  return added;
}

/** A message as it is now; nothing is left in it of a text that it had. */
function revised(
  entry: MessageEntry,
  revisions: ReadonlyMap<number, Revision>,
): MessageEntry {
  const revision = revisions.get(entry.seq);
  if (!revision) return entry;
  const { text, deletedAt } = revision;
  // What its dialect understands besides may hold the text.
  const { extra: _extra, ...bare } = entry;
  if (deletedAt !== undefined) {
    const { data: _data, ...rest } = bare;
    return { ...rest, text: "", deletedAt };
  }
  const reactions = reactionsOf(revision);
  return {
    ...text ? { ...bare, text: text.text, editedAt: text.at } : entry,
    ...reactions.size > 0 && { reactions },
  };
}

/** An edit whose message is gone says nothing any more. */
function withheld(
  entry: EditedEntry,
  revisions: ReadonlyMap<number, Revision>,
): EditedEntry {
  const deletedAt = revisions.get(entry.target.seq)?.deletedAt;
  if (deletedAt === undefined || isDeleted(entry)) return entry;
  return { ...entry, text: "", deletedAt };
}

function reactionsOf({ reactions }: Revision): Map<string, string[]> {
  const byText = new Map<string, string[]>();
  const inOrder = reactions.toSorted((a, b) => a.at - b.at);
  for (const { reaction, user } of inOrder) {
    const users = byText.get(reaction);
    if (users) users.push(user);
    else byText.set(reaction, [user]);
  }
  return byText;
}
