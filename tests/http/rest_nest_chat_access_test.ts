import { assertEquals } from "@std/assert";
import { readCommand } from "../../src/ops/config.ts";
import { HandlerKit, seen } from "./handler_kit.ts";
import { answered, post } from "./rest_nest_chat_kit.ts";

const TOKEN = "s3cret-token-of-the-operator";
const GOOD = "https://good.example";
const ROOM = "/api/v1/rooms/r";

function bearing(authorization: string): RequestInit {
  return { headers: { authorization } };
}

function creating(init: RequestInit): RequestInit {
  const body = '{"roomId":"r","creatorUsername":"Dhoni"}';
  return { ...init, method: "POST", body };
}

const WRONG: [authorization: string, why: string, challenge: string][] = [
  ["", "missing", 'Bearer realm="parley"'],
  [TOKEN, "missing", 'Bearer realm="parley"'],
  ["Bearer", "missing", 'Bearer realm="parley"'],
  [`Basic ${TOKEN}`, "missing", 'Bearer realm="parley"'],
  [`Bearer ${TOKEN} x`, "missing", 'Bearer realm="parley"'],
  [`Bearer ${TOKEN}x`, "wrong", 'Bearer realm="parley", error="invalid_token"'],
  ["Bearer s", "wrong", 'Bearer realm="parley", error="invalid_token"'],
  [
    `Bearer ${TOKEN.toUpperCase()}`,
    "wrong",
    'Bearer realm="parley", error="invalid_token"',
  ],
];

for (const [authorization, why, challenge] of WRONG) {
  Deno.test(`rooms are not changed with "${authorization}": its token is ${why}`, async () => {
    using kit = await HandlerKit.open({ roomsToken: TOKEN });
    await kit.say("r");
    const refused = {
      status: 401,
      body: {
        statusCode: 401,
        message: `Cannot change rooms: token is ${why}`,
        error: "Unauthorized",
      },
    };

    const made = await kit.ask(
      "/api/v1/rooms",
      creating(bearing(authorization)),
    );
    const closed = await kit.ask(ROOM, {
      ...bearing(authorization),
      method: "DELETE",
    });

    assertEquals(made.headers.get("www-authenticate"), challenge);
    assertEquals(closed.headers.get("www-authenticate"), challenge);
    assertEquals([await seen(made), await seen(closed)], [refused, refused]);
    assertEquals((await answered(kit, `${ROOM}/messages`)).status, 200);
  });
}

Deno.test("with the token rooms are made and closed, and read without", async () => {
  using kit = await HandlerKit.open({ roomsToken: TOKEN });

  const made = await kit.ask(
    "/api/v1/rooms",
    creating(bearing(`Bearer ${TOKEN}`)),
  );
  const read = await kit.ask(`${ROOM}/messages`);
  const closed = await kit.ask(ROOM, {
    ...bearing(`bearer  ${TOKEN}`),
    method: "DELETE",
  });

  assertEquals([made.status, read.status, closed.status], [201, 200, 204]);
  await read.body?.cancel();
});

Deno.test("without a token in the settings any will do", async () => {
  using kit = await HandlerKit.open();

  const made = await kit.ask("/api/v1/rooms", creating(bearing("Bearer x")));

  assertEquals(made.status, 201);
});

Deno.test("a token that no header can carry is refused and not repeated", () => {
  for (const token of ["with blank", "ümlaut", "line\nbreak"]) {
    let message = "";
    try {
      readCommand(["--rooms-token", token], () => undefined);
    } catch (error) {
      message = String(error);
    }

    assertEquals(
      message,
      "ConfigError: --rooms-token must be printable ASCII without blanks",
    );
  }
});

/** Where a bare page of another origin asks first. */
async function preflight(kit: HandlerKit, origin: string) {
  const { status, headers } = await kit.ask(ROOM, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "DELETE" },
  });
  return { status, allow: headers.get("access-control-allow-origin"), headers };
}

Deno.test("any page may use the API by default", async () => {
  using kit = await HandlerKit.open();

  const { status, allow, headers } = await preflight(
    kit,
    "https://any.example",
  );
  const answer = await kit.ask("/api/v1/rooms", {
    ...creating({}),
    headers: { origin: "https://any.example" },
  });

  assertEquals([status, allow], [204, "*"]);
  assertEquals(
    headers.get("access-control-allow-methods"),
    "GET, HEAD, POST, DELETE",
  );
  assertEquals(
    headers.get("access-control-allow-headers"),
    "authorization, content-type, idempotency-key, last-event-id",
  );
  assertEquals(headers.get("access-control-max-age"), "600");
  assertEquals(answer.status, 201);
  assertEquals(answer.headers.get("access-control-allow-origin"), "*");
});

Deno.test("where pages are listed, others may neither read nor change", async () => {
  using kit = await HandlerKit.open({ origins: [GOOD] });
  const evil = { headers: { origin: "https://evil.example" } };
  await post(kit, "there");

  const good = await preflight(kit, GOOD);
  const bad = await preflight(kit, "https://evil.example");
  const made = await kit.ask("/api/v1/rooms", creating(evil));
  const closed = await kit.ask("/api/v1/rooms/there", {
    ...evil,
    method: "DELETE",
  });
  const read = await kit.ask("/api/v1/rooms/there/messages", evil);

  assertEquals([good.allow, good.headers.get("vary")], [GOOD, "origin"]);
  assertEquals([bad.allow, bad.headers.get("vary")], [null, "origin"]);
  const refused = {
    status: 403,
    body: {
      statusCode: 403,
      message: "Origin is not allowed",
      error: "Forbidden",
    },
  };
  assertEquals([await seen(made), await seen(closed)], [refused, refused]);
  assertEquals(
    [read.status, read.headers.get("access-control-allow-origin")],
    [200, null],
  );
  await read.body?.cancel();
});

Deno.test("every answer of the API says who may read it", async () => {
  using kit = await HandlerKit.open();
  const paths = ["/api", `${ROOM}/messages`, "/api/v1/rooms/%zz/messages"];

  for (const path of paths) {
    const { headers, body } = await kit.ask(path);
    assertEquals(headers.get("access-control-allow-origin"), "*");
    await body?.cancel();
  }
});
