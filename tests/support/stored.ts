import type { MessageEntry, RoomId, RoomRecord } from "../../src/core/types.ts";

/** A public room as the store has it. */
export const SEA: RoomRecord = {
  id: "sea" as RoomId,
  number: 1,
  title: "sea",
  kind: "public",
  via: "test",
  createdBy: "ann",
  createdAt: 0,
  epoch: 1,
};

/** Ann's message at that place of a room where nothing else was said. */
export function messageAt(seq: number): MessageEntry {
  return {
    kind: "message",
    id: `id ${seq}`,
    epoch: 1,
    seq,
    order: seq,
    at: 0,
    author: { id: "ann", number: 1, name: "Ann", verified: false },
    text: `text ${seq}`,
    via: "test",
  };
}
