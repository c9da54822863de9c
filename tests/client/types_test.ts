import { assertEquals } from "@std/assert";
import { ROOT } from "../support/server.ts";

/**
 * What is checked strictly: the script against its own JSDoc, its classes
 * against the declarations, and what a user writes against the declarations.
 */
const USE = `
import { type Ack, connect, type Message } from "./client.js";
const chat = await connect("http://127.0.0.1:3000/parley", { name: "Kim" });
const room = chat.room("general");
room.on("edited", ({ target, text, message }): [number, string, Message?] =>
  message ? [target, text, message] : [target, text]);
// @ts-expect-error There is no such event.
room.on("editted", () => {});
// @ts-expect-error A message is never changed.
room.messages[0].text = "";
for await (const event of room.events()) {
  if (event.type === "gap") event.lost?.fromSeq.toFixed();
  // @ts-expect-error Only a gap has it.
  event.lost;
}
chat.on("offline", ({ retryAt }) => retryAt.toFixed());
export const ack: Ack = await room.send("hi", { replyTo: 3 });
`;

Deno.test("client.js is what client.d.ts says", async () => {
  const folder = await Deno.makeTempDir({ prefix: "parley-types-" });
  const script = await Deno.readTextFile(`${ROOT}static/client.js`);
  // With its declarations beside it, a script is not checked itself.
  const own = script.replace(/^\/\/ @ts-self-types=.*$/m, "// @ts-check");
  await Deno.mkdir(`${folder}/own`);
  await Deno.writeTextFile(`${folder}/own/client.js`, own);
  await Deno.writeTextFile(`${folder}/client.js`, script);
  await Deno.writeTextFile(`${folder}/use.ts`, USE);
  for (const to of [`${folder}/client.d.ts`, `${folder}/own/client.d.ts`]) {
    await Deno.copyFile(`${ROOT}static/client.d.ts`, to);
  }
  const { compilerOptions } = JSON.parse(
    await Deno.readTextFile(`${ROOT}deno.json`),
  );
  const config = `${folder}/deno.json`;
  await Deno.writeTextFile(config, JSON.stringify({ compilerOptions }));

  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", "--config", config, "own/client.js", "use.ts"],
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();

  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  await Deno.remove(folder, { recursive: true });
});
