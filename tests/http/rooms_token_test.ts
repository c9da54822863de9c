import { assertEquals } from "@std/assert";
import { helpText } from "../../src/ops/help.ts";
import { startServer } from "../support/server.ts";

const TOKEN = "canary-7f3a-of-the-operator";
const GUESS = "canary-of-a-guesser";

Deno.test("the token gets into no answer, no document and no log", async () => {
  const server = await startServer({
    env: { PARLEY_ROOMS_TOKEN: TOKEN },
    args: ["--log-level", "debug"],
  });
  const answers: string[] = [];
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(server.url + path, init);
    answers.push(JSON.stringify([...response.headers]), await response.text());
    return response.status;
  };
  const bearing = (token: string) => ({
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: '{"roomId":"r","creatorUsername":"Ann"}',
  });

  const statuses = [
    await ask("/api/v1/rooms", bearing(GUESS)),
    await ask("/api/v1/rooms", bearing(TOKEN)),
    await ask("/api/v1/rooms", bearing(TOKEN)),
    await ask("/api/v1/rooms/r/messages", { headers: bearing(TOKEN).headers }),
    await ask("/api/v1/nowhere", bearing(TOKEN)),
    await ask("/openapi.json"),
    await ask("/docs"),
  ];
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/r`);
  await new Promise((resolve) => socket.onopen = resolve);
  socket.close();
  await new Promise((resolve) => socket.onclose = resolve);
  await server.stop();
  const { errors } = await server.ended;

  assertEquals(statuses, [401, 201, 409, 200, 404, 200, 200]);
  // That there is a log to look into: the socket is in it.
  assertEquals(errors.includes("socket is asked for"), true);
  const all = [...answers, server.output, errors, helpText()].join("\n");
  assertEquals(all.match(/canary/g), null);
});
