/**
 * What the core of one instance says to that of another.
 *
 * Another instance may be of another version: what it does not know it
 * ignores.
 *
 * @module
 */
import type {
  DirectSignal,
  JoinedSignal,
  LeftSignal,
  ReadSignal,
  RenamedSignal,
  SignalBase,
  TypingSignal,
} from "./events.ts";
import type { Author, Member, RoomId, SessionId } from "./types.ts";

/** The life of the room's log that something is about: see `lifeOf`. */
interface OfLife {
  readonly life: number;
}

/** A member says something else of itself beside its name. */
export interface DescribedNews extends SignalBase {
  readonly kind: "described";
  readonly member: Member;
}

/** A membership ended with its room, of which every instance hears by its log. */
export interface EvictedNews {
  readonly kind: "evicted";
  readonly room: RoomId;
  readonly session: SessionId;
}

/** What concerns who is in a room. */
export type NewsOfMember =
  & OfLife
  & (JoinedSignal | LeftSignal | RenamedSignal | DescribedNews | EvictedNews);

/** One thing that an instance tells the others. */
export type News =
  | NewsOfMember
  | TypingSignal & OfLife
  | {
    /** For all sessions of a user that it concerns. */
    readonly kind: "for_user";
    readonly user: string;
    readonly signal: ReadSignal | DirectSignal;
  }
  | { readonly kind: "online"; readonly user: Author }
  | { readonly kind: "offline"; readonly user: string }
  | {
    readonly kind: "signed_out";
    /** The digest of the access key that was revoked. */
    readonly access: string;
  };

/** What is known of an instance by those who heard nothing before. */
export type Kept =
  | OfLife & {
    readonly kind: "member";
    /** The dialect that its session speaks. */
    readonly via: string;
    readonly member: Member;
  }
  | Extract<News, { kind: "online" | "signed_out" }>;
