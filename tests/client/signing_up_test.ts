import { assertEquals } from "@std/assert";
import { ClientKit, collectOf, GUEST } from "./client_kit.ts";

const ANN = { ...GUEST, name: "Ann", verified: true };

/** The room "general" tells that the client's user has this name. */
function renamed(kit: ClientKit, user: unknown): void {
  const frame = { type: "renamed", room: "general", user };
  kit.socket.say({ ...frame, ["old_name"]: "" });
}

for (const name of ["Ann", GUEST.name]) {
  Deno.test(`client in a room tells that it signed up as "${name}", once`, async () => {
    using kit = new ClientKit();
    const { client } = await kit.joined();
    const users = collectOf(client, "user");
    const user = { ...ANN, name };

    const signing = client.signUp({ name, password: "secret" });
    renamed(kit, user);
    kit.socket.ok("hello", { user, token: "t2" });
    await signing;

    assertEquals(users, [
      { type: "user", user, former: GUEST, reason: "signed_up" },
    ]);
  });
}

Deno.test("client that is renamed while its sign-up is refused tells that it is renamed", async () => {
  using kit = new ClientKit();
  const { client } = await kit.joined();
  const users = collectOf(client, "user");
  const user = { ...GUEST, name: "Anna" };

  const signing = client.signUp({ name: "Ann", password: "secret" });
  renamed(kit, user);
  kit.socket.refuse("hello", "name_taken");
  await signing.catch(() => {});

  assertEquals(users, [
    { type: "user", user, former: GUEST, reason: "renamed" },
  ]);
});
