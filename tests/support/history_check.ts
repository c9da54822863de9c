/**
 * What clients did and heard, held against what the store has: whatever
 * happened in between, an acknowledged message is there once, logs have no
 * holes, and everybody heard the log's order.
 *
 * Every text must be unique in a test: it is what a message is known by.
 *
 * @module
 */
import type {
  Entry,
  Position,
  RoomId,
  RoomRecord,
} from "../../src/core/types.ts";
import {
  type Chunk,
  type JournalPart,
  keys,
  type SendRecord,
} from "../../src/store/keys.ts";

/** What a client was told of a message; `unknown` may be stored or not. */
export type Answer = "unknown" | "acknowledged" | "refused";

interface Sent {
  readonly client: string;
  readonly room: string;
  answer: Answer;
}

/** What one membership heard of its room, in order. */
export interface View {
  /** Of whom and when, for people. */
  readonly of: string;
  readonly room: string;
  readonly texts: string[];
}

/** What the clients of a test did and heard. */
export class History {
  /** By text; one client's messages to one room in the order it sent them. */
  readonly sent = new Map<string, Sent>();
  readonly views: View[] = [];
  readonly complaints: string[] = [];

  /** Notes a message before it is sent. */
  send(client: string, room: string, text: string): void {
    if (this.sent.has(text)) throw new TypeError(`"${text}" was sent before`);
    this.sent.set(text, { client, room, answer: "unknown" });
  }

  answer(text: string, answer: Answer): void {
    const sent = this.sent.get(text);
    if (!sent) throw new TypeError(`"${text}" was never sent`);
    sent.answer = answer;
  }

  /** A client was told something that it should not have been. */
  complain(client: string, what: string): void {
    this.complaints.push(`${client} was told: ${what}`);
  }

  /** Begins to note what a new member hears. */
  view(of: string, room: string): View {
    const view: View = { of, room, texts: [] };
    this.views.push(view);
    return view;
  }
}

/** An entry, and the place in which it lies. */
export interface StoredEntry {
  readonly room: RoomId;
  readonly place: Position;
  readonly entry: Entry;
}

/** All that a store holds; entries by room and place. */
export interface StoreContent {
  readonly records: readonly Deno.KvEntry<RoomRecord>[];
  readonly numbers: readonly Deno.KvEntry<RoomId>[];
  readonly spoken: readonly Deno.KvEntry<number>[];
  readonly sends: readonly Deno.KvEntry<SendRecord>[];
  readonly entries: readonly StoredEntry[];
}

/** Reads a store that nobody writes to. */
export async function readStore(kv: Deno.Kv): Promise<StoreContent> {
  const all = <T>(prefix: Deno.KvKey) =>
    Array.fromAsync(kv.list<T>({ prefix }, { batchSize: 500 }));
  // Of rooms without a record too.
  const chunks = await all<Chunk>(keys.roomEntries("" as RoomId).slice(0, 1));
  const journal = await all<JournalPart[]>(keys.journal());
  return {
    records: await all<RoomRecord>(keys.rooms()),
    numbers: await all<RoomId>(keys.roomNumbers()),
    spoken: await all<number>(keys.roomsSpoken()),
    sends: await all<SendRecord>(keys.sends()),
    entries: merge(
      chunks.flatMap(entriesOf),
      journal.flatMap(({ value }) => value.flatMap(journaled)),
    ),
  };
}

/** Under the key of a chunk's first entry lie those behind it too. */
function entriesOf({ key, value }: Deno.KvEntry<Chunk>): StoredEntry[] {
  const [, room, epoch, first] = key;
  return value.map((entry, i) => ({
    room: room as RoomId,
    place: { epoch: Number(epoch), seq: Number(first) + i },
    entry,
  }));
}

function journaled({ room, entries }: JournalPart): StoredEntry[] {
  return entries.map((entry) => ({ room, place: entry, entry }));
}

/** What is in the journal may be in the logs too, but only the same there. */
function merge(
  logs: readonly StoredEntry[],
  journal: readonly StoredEntry[],
): StoredEntry[] {
  const name = ({ room, place: { epoch, seq }, entry }: StoredEntry) =>
    JSON.stringify([room, epoch, seq, entry.id]);
  const known = new Set(logs.map(name));
  return [...logs, ...journal.filter((entry) => !known.has(name(entry)))]
    .sort((a, b) =>
      compareText(a.room, b.room) || a.place.epoch - b.place.epoch ||
      a.place.seq - b.place.seq
    );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The texts that a room's log holds, oldest first, over all epochs. */
export function textsOf(store: StoreContent, room: string): string[] {
  return store.entries.flatMap(({ room: id, entry }) =>
    id === room && entry.kind === "message" ? [entry.text] : []
  );
}

/** What a comparison found; the lists are empty if promises were kept. */
export interface Findings {
  readonly acknowledged: number;
  readonly stored: number;
  /** Stored, but the sender was not told: the answer was on its way. */
  readonly storedUntold: number;
  /** Acknowledged and not stored. */
  readonly lost: readonly string[];
  /** Whatever else must not be. */
  readonly violations: readonly string[];
}

/** Holds what clients did and heard against a store without sweeping. */
export function compare(history: History, store: StoreContent): Findings {
  const violations = [...history.complaints, ...storeViolations(store)];
  const places = placesOf(history, store, violations);
  checkSenders(history, places, violations);
  for (const view of history.views) checkView(view, places, violations);
  const told = Array.from(history.sent).filter(([, { answer }]) =>
    answer === "acknowledged"
  );
  const untold = places.keys().filter((text) =>
    history.sent.get(text)?.answer === "unknown"
  );
  return {
    acknowledged: told.length,
    stored: places.size,
    storedUntold: Array.from(untold).length,
    lost: told.map(([text]) => text).filter((text) => !places.has(text)),
    violations,
  };
}

/** Where a message is: the how manieth of its room, from 0. */
interface Place {
  readonly room: string;
  readonly index: number;
}

function placesOf(
  history: History,
  store: StoreContent,
  violations: string[],
): Map<string, Place> {
  const places = new Map<string, Place>();
  const counts = new Map<string, number>();
  for (const { room, entry } of store.entries) {
    if (entry.kind !== "message") continue;
    const { text } = entry;
    const index = counts.get(room) ?? 0;
    counts.set(room, index + 1);
    const sent = history.sent.get(text);
    if (places.has(text)) violations.push(`"${text}" is stored twice`);
    if (sent?.room !== room) violations.push(`"${text}" is not of "${room}"`);
    if (sent?.answer === "refused") violations.push(`"${text}" was refused`);
    places.set(text, { room, index });
  }
  return places;
}

/** What one client said in a room is stored in the order in which it said it. */
function checkSenders(
  history: History,
  places: ReadonlyMap<string, Place>,
  violations: string[],
): void {
  const last = new Map<string, number>();
  for (const [text, { client, room }] of history.sent) {
    const place = places.get(text);
    if (!place) continue;
    const sender = JSON.stringify([client, room]);
    if (place.index < (last.get(sender) ?? 0)) {
      violations.push(`"${text}" is stored before an earlier one`);
    }
    last.set(sender, place.index);
  }
}

/** A member hears a piece of the log: no gap, nothing twice. */
function checkView(
  { of, room, texts }: View,
  places: ReadonlyMap<string, Place>,
  violations: string[],
): void {
  let due: number | undefined;
  for (const text of texts) {
    const place = places.get(text);
    due ??= place?.index;
    if (place?.room !== room || place.index !== due) {
      const index = place?.index;
      violations.push(`${of} heard "${text}" (${index}) when ${due} was due`);
    }
    due = (place?.index ?? due ?? 0) + 1;
  }
}

/** What no store may hold, whoever wrote it, while nothing was swept. */
export function storeViolations(store: StoreContent): string[] {
  return [
    ...roomViolations(store),
    ...logViolations(store),
    ...sendViolations(store),
  ];
}

/** Records, numbers and marks must agree in both directions. */
function roomViolations(store: StoreContent): string[] {
  const violations: string[] = [];
  const numbers = new Map(store.numbers.map(({ key, value }) => [
    value,
    Number(key[1]),
  ]));
  const spoken = new Map(store.spoken.map(({ key, value }) => [
    key[1],
    value,
  ]));
  const logs = Map.groupBy(store.entries, ({ room }) => room);
  if (numbers.size !== store.numbers.length) {
    violations.push("a room has two numbers");
  }
  for (const { key, value: record } of store.records) {
    const { id, number } = record;
    const log = (logs.get(id) ?? []).map(({ entry }) => entry);
    if (key[1] !== id) violations.push(`"${id}" lies under another id`);
    if (numbers.get(id) !== number) {
      violations.push(`"${id}" is ${number}, its number ${numbers.get(id)}`);
    }
    numbers.delete(id);
    const epoch = log.findLast(({ kind }) => kind === "message")?.epoch;
    if (spoken.get(id) !== epoch) {
      violations.push(
        `"${id}" was spoken in ${epoch}, marked ${spoken.get(id)}`,
      );
    }
    if (!endsAsRecorded(record, log)) {
      violations.push(`"${id}" and its log disagree on its end`);
    }
  }
  for (const id of numbers.keys()) {
    violations.push(`"${id}" has a number and no record`);
  }
  return violations;
}

/** A record follows from its log, and from `Directory.reopen`. */
function endsAsRecorded(
  { epoch, closedAt }: RoomRecord,
  log: readonly Entry[],
): boolean {
  const last = log.at(-1);
  if (last?.kind !== "closed") {
    return closedAt === undefined && (last?.epoch ?? epoch) === epoch;
  }
  if (closedAt === undefined) return last.epoch + 1 === epoch;
  return last.epoch === epoch && !last.reopens;
}

/** Logs are dense, counted, and end where they were closed. */
function logViolations(store: StoreContent): string[] {
  const violations: string[] = [];
  const records = new Set(store.records.map(({ key }) => key[1]));
  const ids = new Set<string>();
  let before: StoredEntry | undefined;
  for (const stored of store.entries) {
    const { room, place: { epoch, seq }, entry } = stored;
    const name = `${room}/${epoch}/${seq}`;
    const previous = before?.room === room && before.place.epoch === epoch
      ? before.entry
      : undefined;
    if (entry.epoch !== epoch || entry.seq !== seq) {
      violations.push(`${name} says ${entry.epoch}/${entry.seq}`);
    }
    if (seq !== (previous?.seq ?? 0) + 1) {
      violations.push(`${name} follows ${previous?.seq}`);
    }
    const order = (previous?.order ?? 0) + (entry.kind === "message" ? 1 : 0);
    if (entry.order !== order) {
      violations.push(`${name} counts ${entry.order}, not ${order}`);
    }
    if (previous?.kind === "closed") {
      violations.push(`${name} is behind a close entry`);
    }
    if (ids.has(entry.id)) violations.push(`${name} has the id of another`);
    if (!records.has(room)) violations.push(`${name} has no room`);
    ids.add(entry.id);
    before = stored;
  }
  return violations;
}

/** A send key names an entry that is there. */
function sendViolations(store: StoreContent): string[] {
  const places = new Set(
    store.entries.map(({ room, place: { epoch, seq } }) =>
      JSON.stringify([room, epoch, seq])
    ),
  );
  return store.sends.flatMap(({ key, value: { epoch, seq } }) =>
    places.has(JSON.stringify([key[1], epoch, seq]))
      ? []
      : [`${key.slice(1).join("/")} names ${epoch}/${seq}: nothing is there`]
  );
}
