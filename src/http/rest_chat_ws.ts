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
import { isProfile, type Profile, PROFILES } from "../dialects/dialect.ts";
import { refusal } from "./handshake.ts";

/** The answer of chat-ws to everything that it does not know. */
export function endpointNotFound(): Response {
  return refusal(STATUS_CODE.NotFound, "Endpoint not found");
}

/**
 * Lists rooms: those with messages or, in the original, those that anybody
 * ever joined. `room_id` narrows the list to one room.
 */
export async function listRooms(
  chat: Chat,
  query: URLSearchParams,
  defaultProfile: Profile,
): Promise<Response> {
  const profile = query.get("profile") ?? defaultProfile;
  if (!isProfile(profile)) {
    return refusal(
      STATUS_CODE.BadRequest,
      `profile must be ${PROFILES.join(" or ")}`,
    );
  }
  if (profile === "original") return await listJoined(chat, query);
  const only = query.get("room_id");
  if (only === "") {
    return refusal(STATUS_CODE.BadRequest, "room_id not provided");
  }
  const listings = (await chat.listings()).filter((listing) =>
    isPublic(listing) && listing.spoken &&
    (only === null || listing.record.id === only)
  );
  return Response.json({ rooms: listings.map(idOf) });
}

/** The original knows its path by the letter, so a query makes it another one. */
async function listJoined(
  chat: Chat,
  query: URLSearchParams,
): Promise<Response> {
  const foreign = Array.from(query.keys()).some((key) => key !== "profile");
  if (foreign) return endpointNotFound();
  const listings = (await chat.listings())
    .filter((listing) => isPublic(listing) && listing.joinedAt !== undefined)
    .sort((a, b) => (a.joinedAt ?? 0) - (b.joinedAt ?? 0));
  return Response.json({ rooms: listings.map(idOf) });
}

function isPublic({ record }: Listing): boolean {
  return record.kind === "public" && record.closedAt === undefined;
}

function idOf({ record }: Listing): string {
  return record.id;
}
