import { assertEquals } from "@std/assert";
import type { RoomId } from "../../src/core/types.ts";
import type { Sockets } from "../../src/http/sockets.ts";
import { HandlerKit, seen } from "./handler_kit.ts";

const NOT_FOUND = { status: 404, body: { error: "Endpoint not found" } };
const INTERNAL = { status: 500, body: { error: "Internal error" } };

/** The headers of a request that wants a socket. */
const HANDSHAKE = {
  "upgrade": "websocket",
  "connection": "Upgrade",
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  "sec-websocket-version": "13",
};

Deno.test("GET /rooms lists the rooms that contain messages", async () => {
  using kit = await HandlerKit.open();
  await kit.say("general");
  await kit.say("Fischfang 🐟");
  await kit.kit.join("silent", "Ann");

  const response = await kit.ask("/rooms");

  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(await seen(response), {
    status: 200,
    body: { rooms: ["general", "Fischfang 🐟"] },
  });
});

Deno.test("GET /rooms of an empty server is an empty list", async () => {
  using kit = await HandlerKit.open();

  const response = await kit.ask("/rooms");

  assertEquals(await seen(response), { status: 200, body: { rooms: [] } });
});

Deno.test("GET /rooms?room_id lists that room alone", async () => {
  using kit = await HandlerKit.open();
  await kit.say("general");
  await kit.say("other");

  const known = await kit.ask("/rooms?room_id=other");
  const unknown = await kit.ask("/rooms?room_id=nowhere");
  const empty = await kit.ask("/rooms?room_id=");

  assertEquals((await seen(known)).body, { rooms: ["other"] });
  assertEquals((await seen(unknown)).body, { rooms: [] });
  assertEquals(await seen(empty), {
    status: 400,
    body: { error: "room_id not provided" },
  });
});

Deno.test("GET /rooms?profile=original lists the rooms ever joined", async () => {
  using kit = await HandlerKit.open();
  await kit.kit.join("joined", "Ann");
  await kit.say("only spoken in");

  const response = await kit.ask("/rooms?profile=original");

  assertEquals((await seen(response)).body, { rooms: ["joined"] });
});

Deno.test("the profile of /rooms is a setting", async () => {
  using kit = await HandlerKit.open({ profile: "original" });
  await kit.say("only spoken in");

  const original = await kit.ask("/rooms");
  const document = await kit.ask("/rooms?profile=document");

  assertEquals((await seen(original)).body, { rooms: [] });
  assertEquals((await seen(document)).body, { rooms: ["only spoken in"] });
});

Deno.test("/rooms refuses a profile that there is none of", async () => {
  using kit = await HandlerKit.open();

  const response = await kit.ask("/rooms?profile=toString");

  assertEquals(await seen(response), {
    status: 400,
    body: { error: "profile must be document or original" },
  });
});

Deno.test("GET /rooms lists the oldest rooms, as many as fit, and any that is asked for", async () => {
  using kit = await HandlerKit.open({ limits: { ANSWER_BYTES_MAX: 30 } });
  for (const room of ["aaaaaa", "éé", "cc", "d"]) await kit.say(room);

  const all = await kit.ask("/rooms");
  const last = await kit.ask("/rooms?room_id=d");

  // {"rooms":["aaaaaa","éé"]} and the next one would be 32 bytes.
  assertEquals((await seen(all)).body, { rooms: ["aaaaaa", "éé"] });
  assertEquals((await seen(last)).body, { rooms: ["d"] });
});

Deno.test("GET /rooms tells of every change at once", async () => {
  using kit = await HandlerKit.open();
  const lists = async () => [
    (await seen(await kit.ask("/rooms"))).body,
    (await seen(await kit.ask("/rooms?profile=original"))).body,
  ];
  const { chat } = kit.kit;
  const a = "a" as RoomId;
  const nobody = { id: "nobody", number: 0, name: "", verified: false };

  assertEquals(await lists(), [{ rooms: [] }, { rooms: [] }]);
  const { who } = await kit.kit.join("a", "Ann");
  assertEquals(await lists(), [{ rooms: [] }, { rooms: ["a"] }]);
  await kit.kit.say(who, "a", "hello");
  assertEquals(await lists(), [{ rooms: ["a"] }, { rooms: ["a"] }]);
  await chat.rooms.close(a, nobody);
  assertEquals(await lists(), [{ rooms: [] }, { rooms: [] }]);
  await chat.rooms.createExactly(a, { via: "x", name: "" });
  await kit.kit.say(who, "a", "hello");
  assertEquals(await lists(), [{ rooms: ["a"] }, { rooms: ["a"] }]);
});

Deno.test("/rooms answers other methods as the original does", async () => {
  using kit = await HandlerKit.open();
  await kit.say("general");

  for (const method of ["POST", "PUT", "DELETE"]) {
    const response = await kit.ask("/rooms", { method });

    assertEquals((await seen(response)).body, { rooms: ["general"] });
  }
});

for (
  const path of ["/nowhere", "/rooms/", "/Rooms", "/app.js/", "/%2e%2e/main.ts"]
) {
  Deno.test(`${path} is not found, in the documents' shape`, async () => {
    using kit = await HandlerKit.open();

    assertEquals(await seen(await kit.ask(path)), NOT_FOUND);
  });
}

Deno.test("a page is not found by another method than GET", async () => {
  using kit = await HandlerKit.open();

  const response = await kit.ask("/", { method: "POST", body: "x" });

  assertEquals(await seen(response), NOT_FOUND);
});

Deno.test("HEAD has the status and headers of GET, and no body", async () => {
  using kit = await HandlerKit.open();

  for (const path of ["/", "/rooms", "/healthz", "/readyz", "/nowhere"]) {
    const get = await kit.ask(path);
    const head = await kit.ask(path, { method: "HEAD" });

    assertEquals(head.status, get.status);
    assertEquals(
      Object.fromEntries(head.headers),
      Object.fromEntries(get.headers),
    );
    assertEquals(await head.text(), "");
    await get.body?.cancel();
  }
});

Deno.test("/healthz and /readyz say that all is well", async () => {
  using kit = await HandlerKit.open();

  for (const path of ["/healthz", "/readyz"]) {
    assertEquals(await seen(await kit.ask(path)), {
      status: 200,
      body: { status: "ok" },
    });
  }
});

Deno.test("/readyz is 503 with the trouble, /healthz stays", async () => {
  using kit = await HandlerKit.open();

  kit.readiness.trouble = "server is stopping";

  assertEquals(await seen(await kit.ask("/readyz")), {
    status: 503,
    body: { error: "server is stopping" },
  });
  assertEquals((await kit.ask("/healthz")).status, 200);
});

Deno.test("a route that throws answers 500 and tells nothing of why", async () => {
  using kit = await HandlerKit.open();
  const { directory } = kit.kit.store;
  directory.list = () => Promise.reject(new Error("the secret of the disk"));

  const response = await kit.ask("/rooms");

  assertEquals(await seen(response), INTERNAL);
  assertEquals(kit.kit.bugs.map(String), ["Error: the secret of the disk"]);
});

Deno.test("an upgrade that throws answers 500 and tells nothing of why", async () => {
  const sockets = {
    upgrade() {
      throw new Error("the secret of the socket");
    },
  } as unknown as Sockets;
  using kit = await HandlerKit.open({ ports: { sockets } });

  const response = await kit.ask("/", { headers: HANDSHAKE });

  assertEquals(await seen(response), INTERNAL);
  assertEquals(kit.kit.bugs.map(String), ["Error: the secret of the socket"]);
});

const GOOD_HOSTS = ["localhost", "a_b.example:3000", "[::1]:3000", "10.0.0.1"];

for (const host of GOOD_HOSTS) {
  Deno.test(`the Host ${host} is one`, async () => {
    using kit = await HandlerKit.open();

    const response = await kit.ask("/healthz", { headers: { host } });

    assertEquals(response.status, 200);
  });
}

Deno.test("a Host that is none is refused before the routes", async () => {
  using kit = await HandlerKit.open();

  const response = await kit.ask("/healthz", { headers: { host: "a/../b" } });

  assertEquals(await seen(response), {
    status: 400,
    body: { error: "Host header is not valid" },
  });
});
