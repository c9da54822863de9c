import { assertEquals } from "@std/assert";
import { UnreadAnswers } from "../../src/http/unread_answers.ts";
import { HandlerKit } from "./handler_kit.ts";

const LONG_BYTES = 100_000;

Deno.test("long answers count until they are read, or nobody reads them", async () => {
  const unread = new UnreadAnswers(2 * LONG_BYTES);
  const long = () => new Response(unread.body(new Uint8Array(LONG_BYTES)));

  const [first, second] = [long(), long()];
  const full = unread.isFull;
  await first.arrayBuffer();
  const afterOne = unread.isFull;
  const third = long();
  const fullAgain = unread.isFull;
  await second.body?.cancel();
  await third.body?.cancel();

  assertEquals([full, afterOne, fullAgain, unread.isFull], [
    true,
    false,
    true,
    false,
  ]);
});

Deno.test("short answers, which the runtime takes at once, do not count", () => {
  const unread = new UnreadAnswers(1);

  unread.body(new Uint8Array(1_000));

  assertEquals(unread.isFull, false);
});

Deno.test("lists of messages are refused while too many wait to be read", async () => {
  using kit = await HandlerKit.open({
    limits: { ANSWERS_UNREAD_BYTES_MAX: 100_000 },
  });
  const { who } = kit.kit.admit();
  const text = "x".repeat(4_000);
  await Promise.all(
    Array.from({ length: 30 }, () => kit.kit.say(who, "r", text)),
  );
  const path = "/api/v1/rooms/r/messages";

  const unread = await kit.ask(path);
  const refused = await kit.ask(path);
  await unread.body?.cancel();
  const again = await kit.ask(path);

  const { status, headers } = refused;
  assertEquals([status, headers.get("retry-after")], [503, "5"]);
  assertEquals(await refused.json(), {
    statusCode: 503,
    message: "Cannot list messages: too many lists wait to be read",
    error: "Service Unavailable",
  });
  assertEquals([unread.status, again.status], [200, 200]);
  assertEquals((await again.json()).length, 30);
});
