import { assertEquals } from "@std/assert";
import {
  type LimitName,
  LIMITS,
  resolveLimits,
} from "../../src/core/limits.ts";
import { LocalServer } from "../http/local_server.ts";
import { accepts, join, type LimitCase } from "./limits_kit.ts";
import { ACCOUNT_CASES } from "./limits_of_accounts.ts";
import { CURL_CASES } from "./limits_of_curl.ts";
import { FRAME_CASES } from "./limits_of_frames.ts";
import { HTTP_CASES } from "./limits_of_http.ts";
import { NATIVE_CASES } from "./limits_of_native.ts";
import { READER_CASES } from "./limits_of_readers.ts";
import { ROOM_CASES } from "./limits_of_rooms.ts";
import { SOCKET_CASES } from "./limits_of_sockets.ts";

const CASES: Partial<Record<LimitName, LimitCase>> = {
  ...FRAME_CASES,
  ...ROOM_CASES,
  ...SOCKET_CASES,
  ...READER_CASES,
  ...ACCOUNT_CASES,
  ...NATIVE_CASES,
  ...HTTP_CASES,
  ...CURL_CASES,
};

for (const [name, one] of Object.entries(CASES)) {
  limitTest(`${name} lets pass what is at the limit`, one.set, one.reach);
  limitTest(`${name} refuses what is past the limit`, one.set, one.exceed);
  limitTest(`${name} is lifted by 0`, { ...one.set, [name]: 0 }, one.lift);
}

Deno.test("every limit has a test of its refusal", () => {
  const tested = Object.keys(CASES).sort();

  assertEquals(tested, Object.keys(LIMITS).sort());
});

Deno.test("0 lifts every limit, as far as the store can hold", () => {
  const names = Object.keys(LIMITS) as LimitName[];

  const lifted = names.map((name) => [name, resolveLimits({ [name]: 0 })[name]])
    .filter(([, value]) => value !== Infinity);

  assertEquals(Object.fromEntries(lifted), {
    TEXT_BYTES_MAX: 16_384,
    ROOM_ID_BYTES_MAX: 255,
    NAME_BYTES_MAX: 512,
    EXTRA_BYTES_MAX: 8_192,
    HISTORY_PAGE_MESSAGES_MAX: 1_000,
    DATA_BYTES_MAX: 8_192,
    KEY_BYTES_MAX: 512,
    REACTION_BYTES_MAX: 256,
    JSON_DEPTH_MAX: 256,
    PASSWORD_CHARACTERS_MAX: 1_024,
    RESUME_BYTES_MAX: 49_152,
  });
});

Deno.test("a limit above what the store can hold is cut down to that", () => {
  const limits = resolveLimits({ TEXT_BYTES_MAX: 1_000_000, ROOMS_MAX: 7 });

  assertEquals([limits.TEXT_BYTES_MAX, limits.ROOMS_MAX], [16_384, 7]);
});

Deno.test("a thousand frames in one go: 300 are handled, 700 refused", async () => {
  await using server = await LocalServer.open();
  const ann = await server.connect();
  const room = (i: number) => join(`room ${i % 100}`);

  for (let i = 0; i < 1_000; i++) ann.send(i % 2 ? "{" : room(i));

  const frames = await ann.take(50 + 150 + 700);
  const errors = frames.map((frame) => JSON.stringify(frame));
  const tooFast = JSON.stringify({
    error: "Cannot handle frame: more than 50 per second, try again in 20 ms",
  });
  assertEquals(errors.filter((text) => text === tooFast).length, 700);
  server.kit.nowMs += 20;
  await accepts(ann, join("afterwards"));
});

function limitTest(
  name: string,
  limits: LimitCase["set"],
  run: (server: LocalServer) => Promise<void>,
): void {
  Deno.test(name, async () => {
    await using server = await LocalServer.open(limits ? { limits } : {});

    await run(server);

    assertEquals(server.kit.bugs, []);
    assertEquals(server.kit.troubles, []);
  });
}
