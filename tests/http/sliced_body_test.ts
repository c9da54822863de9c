import { assertEquals } from "@std/assert";
import { slicedBody } from "../../src/http/sliced_body.ts";
import { LocalServer } from "./local_server.ts";

const SLICE_BYTES = 65_536;

function bytesOf(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));
}

const LENGTHS: [length: number, slices: number[]][] = [
  [SLICE_BYTES + 1, [SLICE_BYTES, 1]],
  [2 * SLICE_BYTES, [SLICE_BYTES, SLICE_BYTES]],
  [150_000, [SLICE_BYTES, SLICE_BYTES, 18_928]],
];

for (const [length, slices] of LENGTHS) {
  Deno.test(`a body of ${length} bytes is handed over in ${slices.length} slices`, async () => {
    const bytes = bytesOf(length);

    const parts = await Array.fromAsync(
      new Response(slicedBody(bytes)).body ?? [],
    );

    assertEquals(parts.map((part) => part.length), slices);
    const whole = new Uint8Array(await new Blob(parts).arrayBuffer());
    assertEquals(whole, bytes);
  });
}

for (const length of [0, 1, SLICE_BYTES]) {
  Deno.test(`a body of ${length} bytes is handed over whole`, () => {
    const bytes = bytesOf(length);

    assertEquals(slicedBody(bytes), bytes);
  });
}

Deno.test("lists longer than a slice say how long they are, and are", async () => {
  await using server = await LocalServer.open();
  const { who } = server.kit.admit();
  const text = "é".repeat(2_000);
  await Promise.all(
    Array.from({ length: 60 }, () => server.kit.say(who, "r", text)),
  );
  await Promise.all(
    Array.from(
      { length: 400 },
      (_, i) => server.kit.say(who, `${i}`.padStart(250, "r"), "a"),
    ),
  );

  for (const path of ["/api/v1/rooms/r/messages", "/rooms"]) {
    const response = await fetch(server.url + path);
    const bytes = await response.arrayBuffer();
    const head = await fetch(server.url + path, { method: "HEAD" });

    assertEquals(bytes.byteLength > SLICE_BYTES, true);
    const length = String(bytes.byteLength);
    assertEquals(response.headers.get("content-length"), length);
    assertEquals(head.headers.get("content-length"), length);
    JSON.parse(new TextDecoder().decode(bytes));
  }
});
