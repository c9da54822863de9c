/**
 * The HTTP side of nest-chat: making, reading and closing rooms.
 *
 * Source: seeds/nest-chat.txt "APIs"; transcripts/nest-chat.jsonl [O].
 *
 * Ledger: where document, original and parley differ.
 *
 * | point | document | original [O] | ours |
 * | --- | --- | --- | --- |
 * | code of a room that is missing | `room.not-found` | `room.not-fond` | by profile |
 * | content type | curl lines without one, JSON in them | JSON only as `application/json` | `document`: JSON whatever it says, forms too; `original`: as recorded |
 * | a value of another type | not said | taken as it is | `document`: 400 `roomId must be a string`; `original`: taken as its JSON text |
 * | malformed JSON | not said | 400 with the engine's words | 400 `Cannot read body: Invalid JSON` |
 * | an id or name that the core refuses | not said | taken | 400 with the core's words; asked for: 403, 404 |
 * | another method on a known path | not said | 404 | `document`: 405 with Allow; `original`: 404 |
 * | `GET /api/v1/rooms/room-info` | not said | 200, everything there is | 404: it would tell of every room |
 * | rooms of other dialects | | must be POSTed | any room counts; two users' private room never does |
 * | length of the list | all | all | the newest `MESSAGES_LISTED_MAX`, in `ANSWER_BYTES_MAX`; `limit` and `before` page on |
 * | createdAt that the sender left out | shown | absent | `document`: when the server took it; `original`: absent, but for other dialects' messages |
 * | a 404's path | | with its query | without: a query may hold what is nobody's business |
 * | unknown paths outside of /api | | this shape | chat-ws's `{"error":"Endpoint not found"}` |
 *
 * @module
 */
import { STATUS_CODE } from "@std/http/status";
import { type Context, Hono } from "hono";
import type { Chat } from "../core/chat.ts";
import { ChatError } from "../core/errors.ts";
import type { Observer } from "../core/ports.ts";
import { roomId } from "../core/text.ts";
import type { Author, RoomId } from "../core/types.ts";
import { isProfile, type Profile, PROFILES } from "../dialects/dialect.ts";
import type { BearerToken } from "./bearer_token.ts";
import {
  answerEmpty,
  answerText,
  cannot,
  nestRefusal,
  roomRefusal,
} from "./nest_chat_answers.ts";
import { listMessages } from "./nest_chat_messages.ts";
import { NewRoomError, readNewRoom } from "./nest_chat_new_room.ts";
import type { OriginPolicy } from "./origins.ts";
import { rawPath, segment } from "./raw_path.ts";
import { BodyError } from "./request_body.ts";
import { UnreadAnswers } from "./unread_answers.ts";

/** The dialect's name, as rooms that it makes bear it. */
const VIA = "nest-chat";

/** Who closes a room over HTTP: nobody in particular. */
const NOBODY: Author = {
  id: "00000000-0000-0000-0000-000000000000",
  number: 0,
  name: "",
  verified: false,
};

/** After so many seconds a list may be asked for again. */
const RETRY_AFTER_S = 5;

/** How long a browser remembers what a preflight was answered, in s. */
const PREFLIGHT_AGE_S = 600;

/** Where a room's id is in a path: `/api/v1/rooms/<id>`. */
const ID_SEGMENT = 4;

/** What the API needs. */
export interface NestChatPorts {
  readonly chat: Chat;
  readonly profile: Profile;
  readonly origins: OriginPolicy;
  /** What making and closing a room needs. */
  readonly roomsToken: BearerToken;
  readonly observer: Observer;
}

/** A request whose general part is in order. */
interface Asked {
  readonly request: Request;
  readonly query: URLSearchParams;
  readonly profile: Profile;
  /** Percent-encoded as it came. */
  readonly path: string;
}

type Answering = (asked: Asked) => Promise<Response>;

/** Everything under /api; paths with a slash at the end are the same. */
export function nestChatApi(ports: NestChatPorts): Hono {
  const { chat, observer } = ports;
  const app = new Hono({ strict: false });
  const unread = new UnreadAnswers(chat.limits.ANSWERS_UNREAD_BYTES_MAX);
  const reading = (run: Answering) => (context: Context) =>
    answerTo(context, ports, run);
  const changing = (run: Answering) =>
    reading(async (asked) => refuseChange(asked, ports) ?? await run(asked));

  app.options("*", preflight);
  app.get("/api/v1/rooms/room-info", notFound);
  app.post("/api/v1/rooms", changing((asked) => createRoom(chat, asked)));
  app.get(
    "/api/v1/rooms/:id/messages",
    reading((asked) => readMessages(chat, asked, unread)),
  );
  app.delete("/api/v1/rooms/:id", changing((asked) => closeRoom(chat, asked)));
  app.all("/api/v1/rooms", reading(otherMethod("POST")));
  app.all(
    "/api/v1/rooms/:id/messages",
    reading(otherMethod("GET, HEAD, POST")),
  );
  app.all("/api/v1/rooms/:id", reading(otherMethod("DELETE")));
  app.notFound(notFound);
  app.onError((error) => {
    if (error instanceof ChatError) {
      return nestRefusal(STATUS_CODE.ServiceUnavailable, error.message);
    }
    observer.bug("nest-chat API", error);
    const { InternalServerError } = STATUS_CODE;
    return nestRefusal(InternalServerError, "Internal server error");
  });
  return app;
}

async function createRoom(
  chat: Chat,
  { request, profile }: Asked,
): Promise<Response> {
  try {
    const { id, maker } = await readNewRoom(request, {
      profile,
      limits: chat.limits,
    });
    const made = await chat.rooms.createExactly(id, { via: VIA, name: maker });
    if (made) return answerEmpty(STATUS_CODE.Created);
    return roomRefusal(STATUS_CODE.Conflict, {
      code: "room.conflict",
      message: `Room with '${id}' already exists`,
    });
  } catch (error) {
    if (error instanceof NewRoomError) {
      return nestRefusal(STATUS_CODE.BadRequest, error.lines);
    }
    if (!(error instanceof BodyError)) throw error;
    const { ContentTooLarge, BadRequest } = STATUS_CODE;
    return nestRefusal(
      error.tooLong ? ContentTooLarge : BadRequest,
      error.message,
    );
  }
}

async function readMessages(
  chat: Chat,
  { path, query, profile }: Asked,
  unread: UnreadAnswers,
): Promise<Response> {
  const id = idIn(path, chat);
  if (id instanceof Response) return id;
  if (unread.isFull) {
    const why = "Cannot list messages: too many lists wait to be read";
    return nestRefusal(STATUS_CODE.ServiceUnavailable, why, {
      "retry-after": String(RETRY_AFTER_S),
    });
  }
  const list = id && await listMessages(chat, id, { query, profile });
  if (!list) {
    return roomRefusal(STATUS_CODE.Forbidden, {
      code: "access-forbidden",
      message: "The access is forbidden",
    });
  }
  return "text" in list
    ? answerText(STATUS_CODE.OK, list.text, (bytes) => unread.body(bytes))
    : nestRefusal(STATUS_CODE.BadRequest, list.wrong);
}

async function closeRoom(
  chat: Chat,
  { path, profile }: Asked,
): Promise<Response> {
  const id = idIn(path, chat);
  if (id instanceof Response) return id;
  if (id !== undefined && await chat.rooms.close(id, NOBODY)) {
    return answerEmpty(STATUS_CODE.NoContent);
  }
  return roomRefusal(STATUS_CODE.NotFound, {
    code: profile === "original" ? "room.not-fond" : "room.not-found",
    message: `Room with '${segment(path, ID_SEGMENT)}' not found`,
  });
}

/** The room that a path names, `undefined` if there can be none of that id. */
function idIn(path: string, chat: Chat): RoomId | undefined | Response {
  const id = segment(path, ID_SEGMENT);
  if (id === undefined) {
    const raw = path.split("/")[ID_SEGMENT];
    const { BadRequest } = STATUS_CODE;
    return nestRefusal(BadRequest, `Failed to decode param '${raw}'`);
  }
  try {
    return roomId(id, chat.limits);
  } catch (error) {
    if (error instanceof ChatError) return undefined;
    throw error;
  }
}

async function answerTo(
  { req }: Context,
  ports: NestChatPorts,
  run: Answering,
): Promise<Response> {
  const query = new URL(req.url).searchParams;
  const profile = query.get("profile") ?? ports.profile;
  if (!isProfile(profile)) {
    const known = PROFILES.join(" or ");
    return nestRefusal(STATUS_CODE.BadRequest, `profile must be ${known}`);
  }
  return await run({
    request: req.raw,
    query,
    profile,
    path: rawPath(req.url),
  });
}

/** The answer to who may not make or close rooms. */
function refuseChange(
  { request }: Asked,
  { origins, roomsToken }: NestChatPorts,
): Response | undefined {
  const origin = request.headers.get("origin");
  if (!origins.allows(origin, new URL(request.url))) {
    return nestRefusal(STATUS_CODE.Forbidden, "Origin is not allowed");
  }
  const why = roomsToken.refuse(request);
  if (why === undefined) return undefined;
  const error = why === "wrong" ? ', error="invalid_token"' : "";
  return nestRefusal(
    STATUS_CODE.Unauthorized,
    `Cannot change rooms: token is ${why}`,
    { "www-authenticate": `Bearer realm="parley"${error}` },
  );
}

function otherMethod(allow: string): Answering {
  return ({ request: { method }, path, profile }) => {
    if (profile === "original") return Promise.resolve(cannot(method, path));
    const response = nestRefusal(
      STATUS_CODE.MethodNotAllowed,
      `Cannot ${method} ${path}`,
      { allow: `${allow}, OPTIONS` },
    );
    return Promise.resolve(response);
  };
}

function notFound({ req }: Context): Response {
  return cannot(req.raw.method, rawPath(req.url));
}

/** Browsers ask before a page of another origin may send JSON, a token or DELETE. */
function preflight(): Response {
  const response = answerEmpty(STATUS_CODE.NoContent);
  const { headers } = response;
  headers.set("access-control-allow-methods", "GET, HEAD, POST, DELETE");
  headers.set(
    "access-control-allow-headers",
    "authorization, content-type, idempotency-key, last-event-id",
  );
  headers.set("access-control-max-age", String(PREFLIGHT_AGE_S));
  return response;
}
