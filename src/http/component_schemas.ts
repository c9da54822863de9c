/**
 * The named schemas of an API document, as JSON Schema.
 *
 * @module
 */
import { z } from "zod";
import type { JsonObject } from "../dialects/json.ts";

/** Where a document keeps its schemas. */
const PLACE = "#/components/schemas/";

/**
 * The schemas that a document names: each is written once and referred to
 * from everywhere else.
 */
export class ComponentSchemas {
  readonly #registry = z.registry<{ id: string }>();

  /** @param schemas Each with a name of its own (`.meta({ id })`). */
  constructor(schemas: readonly z.ZodType[]) {
    for (const schema of schemas) {
      const id = schema.meta()?.id;
      if (id === undefined) throw new TypeError("Cannot name schema: no id");
      this.#registry.add(schema, { id });
    }
  }

  /** The schemas by name, for `components.schemas`. */
  all(): JsonObject {
    const uri = (id: string) => PLACE + id;
    const { schemas } = z.toJSONSchema(this.#registry, { uri, io: "input" });
    return Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, tidied(schema)]),
    );
  }

  /** A reference to a schema, or the schema itself if it has no name here. */
  use(schema: z.ZodType): JsonObject {
    const named = this.#registry.get(schema);
    if (named) return { $ref: PLACE + named.id };
    return tidied(z.toJSONSchema(schema, { io: "input" }));
  }
}

/** Without what a document says elsewhere, and bounds that only JavaScript has. */
function tidied(schema: unknown): JsonObject {
  const text = JSON.stringify(schema, (key, value) => {
    if (key === "$schema" || key === "$id" || key === "id") return undefined;
    return Math.abs(value) === Number.MAX_SAFE_INTEGER ? undefined : value;
  });
  return JSON.parse(text);
}
