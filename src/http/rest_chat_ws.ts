/**
 * The HTTP side of chat-ws: `GET /rooms`.
 *
 * Source: seeds/chat-ws.txt "REST Endpoints"; transcripts/chat-ws.jsonl.
 *
 * @module
 */
import { STATUS_CODE } from "@std/http/status";
import type { Chat } from "../core/chat.ts";
import type { Listing } from "../core/ports.ts";
import { isListed } from "../core/room_list.ts";
import { utf8Length } from "../core/text.ts";
import { isProfile, type Profile, PROFILES } from "../dialects/dialect.ts";
import { refusal } from "./handshake.ts";
import { slicedBody } from "./sliced_body.ts";

/** The answer of chat-ws to everything that it does not know. */
export function endpointNotFound(): Response {
  return refusal(STATUS_CODE.NotFound, "Endpoint not found");
}

interface Written {
  /** What it was written from. */
  readonly listings: readonly Listing[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The lists of rooms, each written once for as long as it does not change:
 * however many ask and do not read, they share the same bytes.
 */
export class RoomNames {
  readonly #chat: Chat;
  readonly #profile: Profile;
  readonly #written = new Map<Profile, Written>();

  /** @param profile Whose list it is unless the query says so. */
  constructor(chat: Chat, profile: Profile) {
    this.#chat = chat;
    this.#profile = profile;
  }

  /**
   * Lists rooms: those with messages or, in the original, those that anybody
   * ever joined; the oldest, where all are too long. `room_id` narrows the
   * list to one room.
   */
  async answer(query: URLSearchParams): Promise<Response> {
    const profile = query.get("profile") ?? this.#profile;
    if (!isProfile(profile)) {
      return refusal(
        STATUS_CODE.BadRequest,
        `profile must be ${PROFILES.join(" or ")}`,
      );
    }
    const only = query.get("room_id");
    if (profile === "original") {
      // The original knows its path by the letter: a query makes it another.
      const names = Array.from(query.keys());
      if (names.some((name) => name !== "profile")) return endpointNotFound();
    } else if (only === "") {
      return refusal(STATUS_CODE.BadRequest, "room_id not provided");
    } else if (only !== null) {
      const rooms = spokenIn(await this.#chat.listings())
        .filter(({ record }) => record.id === only);
      return written(encode(rooms, Infinity));
    }
    return written(await this.#all(profile));
  }

  async #all(profile: Profile): Promise<Uint8Array<ArrayBuffer>> {
    const listings = await this.#chat.listings();
    const before = this.#written.get(profile);
    if (before?.listings === listings) return before.bytes;
    const rooms = profile === "original"
      ? joined(listings)
      : spokenIn(listings);
    const bytes = encode(rooms, this.#chat.limits.ANSWER_BYTES_MAX);
    this.#written.set(profile, { listings, bytes });
    return bytes;
  }
}

function spokenIn(listings: readonly Listing[]): Listing[] {
  return listings.filter(({ record, spoken }) => isListed(record) && spoken);
}

function joined(listings: readonly Listing[]): Listing[] {
  return listings
    .filter(({ record, joinedAt }) =>
      isListed(record) && joinedAt !== undefined
    )
    .sort((a, b) => (a.joinedAt ?? 0) - (b.joinedAt ?? 0));
}

/** As many rooms as fit, from the first on. */
function encode(
  rooms: readonly Listing[],
  bytesMax: number,
): Uint8Array<ArrayBuffer> {
  let bytes = '{"rooms":[]}'.length;
  const ids: string[] = [];
  for (const { record: { id } } of rooms) {
    const text = JSON.stringify(id);
    bytes += utf8Length(text) + 1;
    if (bytes > bytesMax) break;
    ids.push(text);
  }
  return new TextEncoder().encode(`{"rooms":[${ids.join(",")}]}`);
}

function written(bytes: Uint8Array<ArrayBuffer>): Response {
  return new Response(slicedBody(bytes), {
    headers: {
      "content-type": "application/json",
      "content-length": String(bytes.length),
    },
  });
}
