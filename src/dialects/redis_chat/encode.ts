/**
 * redis-chat on the wire: what clients are sent.
 *
 * @module
 */
import { encodeEach, type Encoder } from "../../core/encoder.ts";
import type { ChatEvent, EditedEvent } from "../../core/events.ts";
import { directUsers } from "../../core/text.ts";
import type { Json, MessageEntry, RoomId } from "../../core/types.ts";
import type { Profile } from "../dialect.ts";
import type { JsonObject } from "../json.ts";
import type { Refused } from "./wire.ts";

/** This dialect's name. */
export const NAME = "redis-chat";

/** The ways to call the public channel; a connection is answered in its own. */
export const PUBLIC_FORMS = ["", "0", 0] as const;

/** One of the ways in which this protocol is written. */
export interface Variant {
  readonly profile: Profile;
  readonly publicForm: typeof PUBLIC_FORMS[number];
}

/** Whether a recipient is the public channel. */
export function isPublic(recipient: Json | undefined): boolean {
  return recipient === undefined || recipient === null || recipient === "" ||
    recipient === "0" || recipient === 0;
}

/** Renders an event; `null` where this protocol has no frame for it. */
export function encode(event: ChatEvent, variant: Variant): string | null {
  switch (event.kind) {
    case "message":
      return JSON.stringify({
        type: "channelMessage",
        channelMessage: messageBlock(event, event.room, variant),
      });
    case "edited":
      return JSON.stringify({
        type: "channelMessage",
        channelMessage: messageBlock(edited(event), event.room, variant),
      });
    case "joined":
      // Said again by this protocol's own clients, who reopen a channel.
      if (event.again && event.via !== NAME) return null;
      return sysFrame("channelJoin", event, variant);
    case "left":
      // The original tells nobody of a socket that is gone.
      if (event.gone) return null;
      return sysFrame("channelLeave", event, variant);
    case "renamed":
    case "closed":
    case "rooms":
    case "deleted":
    case "reacted":
    case "arrived":
    case "departed":
    case "counted":
    case "roster":
    case "typing":
    case "read":
      return null;
  }
}

/** The message that was edited: clients know it by its UUID. */
function edited({ target, ...edit }: EditedEvent): MessageEntry {
  const { id, at } = target;
  return { ...edit, kind: "message", id, at };
}

/** A message as this protocol shows it, live and in lists. */
export function messageBlock(
  message: MessageEntry,
  room: RoomId,
  variant: Variant,
): JsonObject {
  const { author, text, at, extra } = message;
  const recipient = recipientOf(room, author.id, variant);
  const createdAt = new Date(at).toISOString();
  const block = {
    UUID: uuidOfUlid(message.id),
    Sender: { UUID: author.id, Username: author.name, OnLine: false },
    SenderUUID: author.id,
    RecipientUUID: recipient,
    // The original leaves out a recipient that nobody is.
    ...directUsers(room) && extra?.recipient !== undefined && {
      Recipient: {
        UUID: recipient,
        Username: extra.recipient,
        OnLine: false,
      },
    },
    Message: text,
    CreatedAt: createdAt,
  };
  if (variant.profile === "original") return block;
  return {
    ...block,
    senderUUID: author.id,
    recipientUUID: recipient,
    message: text,
    "created_at": createdAt,
    createdAt,
  };
}

/** What this protocol shows of a user. */
export interface User {
  readonly id: string;
  readonly name: string;
}

/** A user as this protocol shows it; no password ever leaves the server. */
export function userBlock(
  user: User,
  { online, variant }: { online: boolean; variant: Variant },
): JsonObject {
  const block = { UUID: user.id, Username: user.name, OnLine: online };
  if (variant.profile === "original") return block;
  return { ...block, username: user.name, Password: "" };
}

/** An error in both texts, or in the original's alone; never the payload. */
export function errorFrame({ code, text }: Refused, profile: Profile): string {
  const both = profile === "document" ? { message: text } : {};
  return JSON.stringify({
    type: "error",
    error: { code, error: text, ...both },
  });
}

/** The recipient of a message in a room, as seen from its sender. */
function recipientOf(
  room: RoomId,
  sender: string,
  { publicForm }: Variant,
): Json {
  const users = directUsers(room);
  if (!users) return publicForm;
  return users[0] === sender ? users[1] : users[0];
}

function sysFrame(
  type: "channelJoin" | "channelLeave",
  event: Extract<ChatEvent, { kind: "joined" | "left" }>,
  variant: Variant,
): string {
  const { member, room } = event;
  const { session, author } = member;
  // The original leaves out what is empty.
  const recipient = recipientOf(room, author.id, variant);
  const block = recipient === "" ? {} : { recipientUUID: recipient };
  return JSON.stringify({
    SUUID: session,
    type: "sys",
    userUUID: author.id,
    user: userBlock(author, { online: true, variant }),
    sys: { type, [type]: block },
  });
}

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BITS_PER_DIGIT = 5n;

/** The 128 bits of a ULID as the text of a UUID, version and variant bits set. */
export function uuidOfUlid(ulid: string): string {
  let bits = 0n;
  for (const digit of ulid) {
    bits = bits << BITS_PER_DIGIT | BigInt(CROCKFORD.indexOf(digit));
  }
  const hex = BigInt.asUintN(128, bits).toString(16).padStart(32, "0");
  const variantDigit = (parseInt(hex.charAt(16), 16) & 0x3 | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variantDigit + hex.slice(17, 20),
    hex.slice(20),
  ].join("-");
}

const VARIANTS: readonly (Variant & { readonly encoder: Encoder })[] =
  (["document", "original"] as const).flatMap((profile) =>
    PUBLIC_FORMS.map((publicForm) => {
      const variant = { profile, publicForm };
      const encoder = encodeEach(NAME, (event) => encode(event, variant));
      return { ...variant, encoder };
    })
  );

/** The one object of a variant, with its encoder. */
export function variantOf(
  wanted: Variant,
): Variant & { readonly encoder: Encoder } {
  const found = VARIANTS.find(({ profile, publicForm }) =>
    profile === wanted.profile && publicForm === wanted.publicForm
  );
  if (!found) throw new TypeError("Cannot choose a variant: there is none");
  return found;
}
