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

  /** @param named The schemas by their names, which are unique. */
  constructor(named: ReadonlyMap<string, z.ZodType>) {
    for (const [id, schema] of named) this.#registry.add(schema, { id });
  }

  /** @param schemas Each with a name of its own (`.meta({ id })`). */
  static byMeta(schemas: readonly z.ZodType[]): ComponentSchemas {
    return new ComponentSchemas(
      new Map(schemas.map((schema) => {
        const id = schema.meta()?.id;
        if (id === undefined) throw new TypeError("Cannot name schema: no id");
        return [id, schema];
      })),
    );
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

const SAID_ELSEWHERE: ReadonlySet<string> = new Set(["$schema", "$id", "id"]);

/** Without what a document says elsewhere, and bounds that only JavaScript has. */
function tidied(schema: unknown): JsonObject {
  const text = JSON.stringify(schema, (key, value) => {
    // A field of that name has a schema, no text.
    if (typeof value === "string" && SAID_ELSEWHERE.has(key)) return undefined;
    return Math.abs(value) === Number.MAX_SAFE_INTEGER ? undefined : value;
  });
  return JSON.parse(text);
}
