import { assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import { HandlerKit } from "./handler_kit.ts";
import {
  answered,
  cannotRead,
  CREATED,
  FORBIDDEN,
  JSON_TYPE,
  notFound,
  post,
  refusal,
  room,
} from "./rest_nest_chat_kit.ts";

const CONFLICTS = ["3XX", "said in", "general", "Room 2"];

for (const id of CONFLICTS) {
  Deno.test(`POST of the room "${id}", which is there, is a conflict`, async () => {
    using kit = await HandlerKit.open();
    await kit.kit.chat.rooms.open();
    await post(kit, "3XX");
    await kit.say("said in");

    const answer = await post(kit, id);

    assertEquals(answer, {
      status: 409,
      type: JSON_TYPE,
      text:
        `{"code":"room.conflict","message":"Room with '${id}' already exists"}`,
    });
  });
}

Deno.test("a room lives, is closed, and lives again, empty", async () => {
  using kit = await HandlerKit.open();
  const messages = () => answered(kit, "/api/v1/rooms/r/messages");
  const close = () => answered(kit, "/api/v1/rooms/r", { method: "DELETE" });

  assertEquals(await messages(), FORBIDDEN);
  assertEquals(await close(), notFound("r"));
  assertEquals((await post(kit, "r")).status, 201);
  assertEquals(await messages(), { status: 200, type: JSON_TYPE, text: "[]" });
  await kit.say("r");
  assertEquals(JSON.parse((await messages()).text).length, 1);
  assertEquals(await close(), { status: 204, type: null, text: "" });
  assertEquals(await messages(), FORBIDDEN);
  assertEquals(await close(), notFound("r"));
  assertEquals((await post(kit, "r")).status, 201);
  assertEquals(await messages(), { status: 200, type: JSON_TYPE, text: "[]" });
  assertEquals((await post(kit, "r")).status, 409);
});

Deno.test("DELETE of the lobby and of rooms 1 to 3 empties them", async () => {
  using kit = await HandlerKit.open();
  await kit.kit.chat.rooms.open();
  const method = "DELETE";

  for (const [id, path] of [["general", "general"], ["Room 1", "Room%201"]]) {
    const before = await answered(kit, `/api/v1/rooms/${path}`, { method });
    await kit.say(id ?? "");
    const after = await answered(kit, `/api/v1/rooms/${path}`, { method });
    const list = await answered(kit, `/api/v1/rooms/${path}/messages`);

    assertEquals([before.status, after.status], [204, 204]);
    assertEquals([list.status, list.text], [200, "[]"]);
  }
});

Deno.test("original: a missing room's code is spelt as the original did", async () => {
  using kit = await HandlerKit.open();

  const path = "/api/v1/rooms/none?profile=original";
  const answer = await answered(kit, path, { method: "DELETE" });

  assertEquals(answer, notFound("none", "room.not-fond"));
});

Deno.test("two users' private room is not there for anybody", async () => {
  using kit = await HandlerKit.open();
  const { directory } = kit.kit.store;
  const id = "@dm/a/b" as RoomId;
  await directory.ensure({
    id,
    title: id,
    kind: "direct",
    via: "redis-chat",
    createdBy: "a",
    at: 0,
    joined: true,
  });
  const path = "/api/v1/rooms/%40dm%2Fa%2Fb";

  assertEquals(await answered(kit, `${path}/messages`), FORBIDDEN);
  assertEquals(await answered(kit, path, { method: "DELETE" }), notFound(id));
  assertEquals((await post(kit, id)).status, 400);
});

type PathRow = [
  method: string,
  path: string,
  document: [status: number, allow: string | null],
];

const NOT_FOUND: [number, null] = [404, null];
const ROOMS: [number, string] = [405, "POST, OPTIONS"];
const ROOM: [number, string] = [405, "DELETE, OPTIONS"];
const MESSAGES: [number, string] = [405, "GET, HEAD, POST, OPTIONS"];

const PATH_ROWS: PathRow[] = [
  ["GET", "/api", NOT_FOUND],
  ["POST", "/api/", NOT_FOUND],
  ["GET", "/api/v1", NOT_FOUND],
  ["GET", "/api/v2/rooms", NOT_FOUND],
  ["GET", "/api/v1/Rooms", NOT_FOUND],
  ["GET", "/api/v1/rooms/r/messages/1", NOT_FOUND],
  ["GET", "/api/v1/rooms/room-info", NOT_FOUND],
  ["GET", "/api/v1/rooms/room-info/", NOT_FOUND],
  ["GET", "/api/v1/rooms", ROOMS],
  ["GET", "/api/v1/rooms/", ROOMS],
  ["DELETE", "/api/v1/rooms", ROOMS],
  ["GET", "/api/v1/rooms/r", ROOM],
  ["PUT", "/api/v1/rooms/r", ROOM],
  ["PATCH", "/api/v1/rooms/a%2Fb", ROOM],
  ["PUT", "/api/v1/rooms/r/messages", MESSAGES],
  ["DELETE", "/api/v1/rooms/r/messages", MESSAGES],
];

for (const [method, path, [status, allow]] of PATH_ROWS) {
  Deno.test(`${method} ${path} is ${status}, in the original 404`, async () => {
    using kit = await HandlerKit.open();
    const error = status === 405 ? "Method Not Allowed" : "Not Found";

    const response = await kit.ask(path, { method });
    const original = await answered(kit, `${path}?profile=original`, {
      method,
    });

    assertEquals(response.status, status);
    assertEquals(response.headers.get("content-type"), JSON_TYPE);
    assertEquals(response.headers.get("allow"), allow);
    assertEquals(await response.json(), {
      statusCode: status,
      message: `Cannot ${method} ${path}`,
      error,
    });
    assertEquals(
      original,
      refusal(404, `Cannot ${method} ${path}`, "Not Found"),
    );
  });
}

Deno.test("HEAD of a room's messages has the status of GET, and no body", async () => {
  using kit = await HandlerKit.open();
  await post(kit, "r");

  for (const [id, status] of [["r", 200], ["none", 403]] as const) {
    const path = `/api/v1/rooms/${id}/messages`;
    const answer = await answered(kit, path, { method: "HEAD" });

    assertEquals(answer, { status, type: JSON_TYPE, text: "" });
  }
});

Deno.test("a profile that there is none of is refused", async () => {
  using kit = await HandlerKit.open();

  const answer = await post(kit, "r", "?profile=klingon");

  assertEquals(
    answer,
    refusal(400, "profile must be document or original", "Bad Request"),
  );
});

Deno.test("what the store refuses is 503, and tells nothing of why", async () => {
  using kit = await HandlerKit.open({ limits: { ROOMS_MAX: 1 } });
  await post(kit, "one");
  const tooMany = await post(kit, "two");
  kit.kit.kv.atomic = () => {
    throw new Error("the secret of the disk");
  };

  const answer = await answered(kit, "/api/v1/rooms/one", { method: "DELETE" });

  assertEquals(
    tooMany,
    refusal(
      503,
      "Cannot create room: there are 1 already",
      "Service Unavailable",
    ),
  );
  assertEquals(
    answer,
    refusal(
      503,
      "Cannot store message: storage failed",
      "Service Unavailable",
    ),
  );
});

Deno.test("a bug is 500, and tells nothing of why", async () => {
  using kit = await HandlerKit.open();
  kit.kit.store.directory.find = () => {
    throw new TypeError("the secret of the directory");
  };

  const answer = await post(kit, "r");

  assertEquals(
    answer,
    refusal(500, "Internal server error", "Internal Server Error"),
  );
  assertEquals(kit.kit.bugs.map(String), [
    "TypeError: the secret of the directory",
  ]);
});

Deno.test("a body above the limit is 413, with and without a length", async () => {
  using kit = await HandlerKit.open({ limits: { BODY_BYTES_MAX: 100 } });
  const pad = (bytes: number) => room("r").padEnd(bytes);
  const whole = (bytes: number) => ({ method: "POST", body: pad(bytes) });
  const parts = new Blob([pad(50), pad(51)]).stream();

  const over = await answered(kit, "/api/v1/rooms", whole(101));
  const chunked = await answered(kit, "/api/v1/rooms", {
    method: "POST",
    body: parts,
  });
  const at = await answered(kit, "/api/v1/rooms", whole(100));

  const message = "Cannot read body: more than 100 bytes";
  assertEquals(over, refusal(413, message, "Content Too Large"));
  assertEquals(chunked, refusal(413, message, "Content Too Large"));
  assertEquals(at, CREATED);
});

Deno.test("a body without an end is read as far as the limit, and no further", async () => {
  using kit = await HandlerKit.open();
  let parts = 0;
  const ended = Promise.withResolvers<void>();
  const body = new ReadableStream({
    pull(controller) {
      parts++;
      if (parts < 1_000) controller.enqueue(new Uint8Array(1_024));
      else controller.close();
    },
    cancel: () => ended.resolve(),
  });

  const answer = await answered(kit, "/api/v1/rooms", { method: "POST", body });

  await ended.promise;
  assertEquals([answer.status, parts < 30], [413, true]);
});

Deno.test("a body that is cut off is 400 and no bug", async () => {
  using kit = await HandlerKit.open();
  const body = new ReadableStream({
    pull(controller) {
      controller.error(new TypeError("the secret of the peer"));
    },
  });

  const answer = await answered(kit, "/api/v1/rooms", { method: "POST", body });

  assertEquals(answer, cannotRead("it was cut off"));
  assertEquals(kit.kit.bugs, []);
});
