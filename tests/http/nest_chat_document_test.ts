/**
 * The examples of nest-chat's document, as they are written there but for the
 * host, by the real curl. Where there is none the test is skipped, and says so.
 *
 * Source: seeds/nest-chat.txt "APIs".
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { hasCurl, shell } from "../support/shell.ts";
import { LocalServer } from "./local_server.ts";

const CREATE = `curl -X POST 'http://localhost:3000/api/v1/rooms' \\
--data-raw '{
    "roomId": "3XX",
    "creatorUsername": "Dhoni"
}'`;

const MESSAGES =
  `curl -X GET 'http://localhost:3000/api/v1/rooms/123/messages'`;

const CLOSE = `curl -X DELETE http://localhost:3000/api/v1/rooms/123`;

/** What curl sends as a body when it is told to POST a text. */
const INVALID = `curl -X POST 'http://localhost:3000/api/v1/rooms' \\
--data-raw '{}'`;

Deno.test({
  name: "nest-chat's document: its curl lines do what it says",
  ignore: !await hasCurl(),
  async fn() {
    await using server = await LocalServer.open();
    const run = (line: string) => curl(line, server);
    const twin = CREATE.replace("3XX", "123");

    assertEquals(await run(CREATE), { status: 201, body: "" });
    assertEquals(await run(CREATE), {
      status: 409,
      body:
        '{"code":"room.conflict","message":"Room with \'3XX\' already exists"}',
    });
    assertEquals(await run(INVALID), {
      status: 400,
      body:
        '{"statusCode":400,"message":["roomId should not be empty","creatorUsername should not be empty"],"error":"Bad Request"}',
    });
    assertEquals(await run(MESSAGES), {
      status: 403,
      body: '{"code":"access-forbidden","message":"The access is forbidden"}',
    });
    assertEquals(await run(CLOSE), {
      status: 404,
      body: '{"code":"room.not-found","message":"Room with \'123\' not found"}',
    });
    assertEquals((await run(twin)).status, 201);
    assertEquals(await run(MESSAGES), { status: 200, body: "[]" });
    await server.kit.say(server.kit.admit().who, "123", "hello");
    assertEquals(await run(MESSAGES), {
      status: 200,
      body:
        '[{"order":1,"username":"x","content":"hello","createdAt":"2023-11-14T22:13:20.000Z"}]',
    });
    assertEquals(await run(CLOSE), { status: 204, body: "" });
    assertEquals((await run(MESSAGES)).status, 403);
    assertEquals((await run(CLOSE)).status, 404);
  },
});

/** Runs a line of the document against a server; tells the status besides. */
async function curl(
  line: string,
  { port }: LocalServer,
): Promise<{ status: number; body: string }> {
  const here = line.replace("localhost:3000", `127.0.0.1:${port}`);
  const output = await shell(`${here} --silent --write-out '\\n%{http_code}'`);
  const end = output.lastIndexOf("\n");
  return { status: Number(output.slice(end + 1)), body: output.slice(0, end) };
}
