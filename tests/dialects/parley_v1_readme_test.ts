import { assertEquals } from "@std/assert";
import type { z } from "zod";
import {
  ENTRIES,
  okFrame,
  SERVER_FRAMES,
} from "../../src/dialects/parley_v1/frames.ts";

/** What the second column of a table names without saying so each time. */
const COMMON = new Set(["type", "kind", "seq", "id", "at", "author"]);

/** The fields of each row of README's tables of frames. */
async function rows(table: number): Promise<Record<string, string[]>> {
  const readme = await Deno.readTextFile(
    new URL("../../README.md", import.meta.url),
  );
  const [, frames = ""] = readme.split(/<!-- \/?frames -->/);
  const text = frames.trim().split("\n\n")[table] ?? "";
  return Object.fromEntries(
    text.split("\n").slice(2).map((line) => {
      const [, type = "", fields = ""] = line.split("|");
      const named = fields.match(/[a-z_]+\??/g) ?? [];
      return [type.trim().replaceAll("`", ""), named.sort()];
    }),
  );
}

function fieldsOf(
  schemas: Record<string, z.ZodObject>,
  isCommon: (name: string) => boolean,
): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(schemas).map(([type, { shape }]) => {
      const names = Object.keys(shape).filter((name) => !isCommon(name));
      const fields = names.map((name) => {
        const isOptional = shape[name]?.safeParse(undefined).success;
        return isOptional ? `${name}?` : name;
      });
      return [type, fields.sort()];
    }),
  );
}

Deno.test("README tells of every frame of parley.v1 all fields", async () => {
  const frames = { ...SERVER_FRAMES, ok: okFrame("ping") };

  assertEquals(
    await rows(0),
    fieldsOf(frames as Record<string, z.ZodObject>, (name) => name === "type"),
  );
});

Deno.test("README tells of every entry of parley.v1 all fields", async () => {
  assertEquals(await rows(1), fieldsOf(ENTRIES, (name) => COMMON.has(name)));
});
