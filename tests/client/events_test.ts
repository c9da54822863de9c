import { assertEquals, assertRejects } from "@std/assert";
import { ParleyError, type RoomEvents } from "../../static/client.js";
import { ClientKit, collectOf, said, texts } from "./client_kit.ts";

Deno.test("handler hears until it is taken off, once hears once", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const heard: string[] = [];
  const hear = ({ message }: RoomEvents["message"]) =>
    heard.push(`on ${message.text}`);
  const never = () => heard.push("never");
  room.on("message", hear);
  room.once("message", ({ message }) => heard.push(`once ${message.text}`));
  room.once("message", never);
  room.off("message", never);
  const takeOff = room.on("message", () => heard.push("and"));

  kit.tell(said(1, "one"));
  takeOff();
  kit.tell(said(2, "two"));
  room.off("message", hear);
  kit.tell(said(3, "three"));

  assertEquals(heard, ["on one", "once one", "and", "on two"]);
});

Deno.test("handler that throws, or rejects, disturbs nobody and is told", async () => {
  using kit = new ClientKit();
  const { client, room } = await kit.joined();
  const errors = collectOf(client, "error");
  room.on("message", () => {
    throw new Error("thrown");
  });
  room.on("message", () => Promise.reject(new Error("rejected")));
  const heard: string[] = [];
  room.on("message", ({ message }) => heard.push(message.text));
  kit.tell(said(1, "one"), said(2, "two"));
  await kit.settle();

  assertEquals([heard, texts(room)], [["one", "two"], ["one", "two"]]);
  assertEquals(client.state.type, "online");
  assertEquals(errors.map(({ error }) => (error as Error).message), [
    "thrown",
    "thrown",
    "rejected",
    "rejected",
  ]);
});

Deno.test("handler that throws is told as the platform tells it if nobody listens", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const errors: string[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    errors.push(event.error.message);
  };
  addEventListener("error", onError);
  room.on("message", () => {
    throw new Error("thrown");
  });
  kit.tell(said(1, "one"));
  removeEventListener("error", onError);

  assertEquals(errors, ["thrown"]);
  assertEquals(texts(room), ["one"]);
});

Deno.test("handler may send, leave and stop", async () => {
  using kit = new ClientKit();
  const { client, room } = await kit.joined();
  room.on("message", ({ message }) => {
    if (message.text === "ping") room.send("pong");
    if (message.text === "go") room.leave();
    if (message.text === "stop") client.stop();
  });
  kit.tell(said(1, "ping"));
  assertEquals(kit.socket.take()[0]?.text, "pong");
  kit.tell(said(2, "go"), said(3, "still in the frame"));
  assertEquals(kit.socket.take(), [{ type: "leave", room: "general" }]);

  room.join();
  kit.enter(3, { from: { epoch: "e1", seq: 3 } });
  kit.tell(said(4, "stop"));
  assertEquals(client.state.type, "stopped");
});

Deno.test("events() gives what comes from then on, until the room is left", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  kit.tell(said(1, "before"));
  const events = room.events();
  kit.tell(said(2, "queued"));
  const read: string[] = [];
  const reading = (async () => {
    for await (const event of events) {
      read.push(event.type === "message" ? event.message.text : event.type);
    }
  })();
  await kit.settle();
  kit.tell(said(3, "live"), said(4, "both"));
  await kit.settle();
  room.leave();
  await reading;

  assertEquals(read, ["queued", "live", "both"]);
});

Deno.test("events() that are broken off take no more", async () => {
  using kit = new ClientKit();
  const { client } = await kit.joined();
  const events = client.events({ queueMax: 1 });
  kit.socket.end();
  for await (const event of events) {
    assertEquals(event.type, "offline");
    break;
  }
  for (let i = 0; i < 9; i++) kit.timers.tick(60_000);

  assertEquals(await events.next(), { value: undefined, done: true });
});

Deno.test("events() read too slowly give what was queued, then the reason", async () => {
  using kit = new ClientKit();
  const { room } = await kit.joined();
  const events = room.events({ queueMax: 2 });
  const quick = room.events();
  kit.tell(said(1, "1"), said(2, "2"), said(3, "3"));

  const types = [await events.next(), await events.next()]
    .map(({ value }) => value.message.text);
  assertEquals(types, ["1", "2"]);
  const error = await assertRejects(() => events.next(), ParleyError);
  assertEquals([error.code, error.message], [
    "slow_consumer",
    "Cannot queue events: 2 wait to be read",
  ]);
  assertEquals(await events.next(), { value: undefined, done: true });
  assertEquals((await quick.next()).value.message.text, "1");
});

Deno.test("events() of a client that is stopped end", async () => {
  using kit = new ClientKit();
  const { client, room } = await kit.joined();
  const ends = [client.events(), room.events()];
  client.stop();
  const types: unknown[] = [];
  for (const events of ends) {
    for await (const { type } of events) types.push(type);
  }

  assertEquals(types, ["stopped"]);
});
