/**
 * What stands in a replay for the values that the original made up.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Json } from "../../src/core/types.ts";

/** A field whose values the server makes up. */
export interface MadeField {
  /** Equal ids are one thing; equal times may be chance. */
  readonly kind: "id" | "time";
  /** Whether a replayed value is of the right type and range. */
  readonly isValid: (value: Json) => boolean;
  /** What ids of this field are of: only those of one kind must differ. */
  readonly of?: string;
}

/** Where a server makes values up. */
export interface Made {
  /** By the end of the path to the field, the longest counts: `rooms.*.id`. */
  readonly made: Readonly<Record<string, MadeField>>;
  /** Objects whose keys are numeric ids, by the end of the path to them. */
  readonly keyed?: Readonly<Record<string, MadeField>>;
  /** Fields of frames from clients that hold numeric ids, and of what. */
  readonly sent?: Readonly<Record<string, string>>;
}

type Path = readonly string[];

/** The recorded values, and ours for them. */
export class Bindings {
  readonly #made: Made;
  readonly #ids = new Map<string, Map<string, Json>>();
  readonly #times = new Map<string, Json>();

  constructor(made: Made) {
    this.#made = made;
  }

  /** The recorded value as it must be in the replay; binds what it meets first. */
  bind(recorded: Json, replayed: Json | undefined, path: Path = []): Json {
    if (recorded === null || typeof recorded !== "object") return recorded;
    if (isArray(recorded)) {
      const others = isArray(replayed) ? replayed : [];
      return recorded.map((one, i) =>
        this.bind(one, others[i], [...path, "*"])
      );
    }
    const other = isObject(replayed) ? replayed : {};
    const keyed = fieldAt(path, this.#made.keyed ?? {});
    return Object.fromEntries(
      Object.entries(recorded).map(([name, value]) => {
        const key = keyed ? this.#bindKey(keyed, name, other) : name;
        const inner = [...path, name];
        const field = fieldAt(inner, this.#made.made);
        return [
          key,
          field
            ? this.#bindField({ field, name }, recorded, other[key])
            : this.bind(value, other[key], inner),
        ];
      }),
    );
  }

  /** A text to be sent, with our ids for the recorded ones. */
  replace(text: string): string {
    // A string in its quotes is that id; a number could mean anything.
    const strings = Array.from(this.#idsOf(undefined))
      .filter(([key]) => key[0] === '"');
    const replaced = strings.reduce(
      (all, [recorded, ours]) => all.replaceAll(recorded, JSON.stringify(ours)),
      text,
    );
    return this.#made.sent ? this.#replaceFields(replaced) : replaced;
  }

  #replaceFields(text: string): string {
    let frame: Json;
    try {
      frame = JSON.parse(text);
    } catch {
      return text;
    }
    if (!isObject(frame)) return text;
    const fields = Object.entries(this.#made.sent ?? {})
      .flatMap(([name, of]) => {
        const recorded = isObject(frame) ? frame[name] : undefined;
        const ours = this.#idsOf(of).get(String(Number(recorded)));
        if (recorded === undefined || ours === undefined) return [];
        return [[name, typeof recorded === "string" ? String(ours) : ours]];
      });
    return JSON.stringify({ ...frame, ...Object.fromEntries(fields) });
  }

  #bindKey(field: MadeField, recorded: string, replayed: JsonObject): string {
    const ids = this.#idsOf(field.of);
    const bound = ids.get(recorded);
    if (bound !== undefined) return String(bound);
    const taken = Array.from(ids.values());
    const free = Object.keys(replayed).map(Number)
      .find((one) => field.isValid(one) && !taken.includes(one));
    // None is left: the comparison says so.
    if (free === undefined) return recorded;
    ids.set(recorded, free);
    return String(free);
  }

  #bindField(
    { field, name }: { field: MadeField; name: string },
    recorded: JsonObject,
    replayed: Json | undefined,
  ): Json {
    const isId = field.kind === "id";
    const known = isId ? this.#idsOf(field.of) : this.#times;
    // Two frames may have been made in one ms; the same frame has one time.
    const key = JSON.stringify(isId ? recorded[name] : recorded);
    const bound = known.get(key);
    if (bound !== undefined) return bound;
    assert(
      replayed !== undefined && field.isValid(replayed),
      `${name} is not valid: ${JSON.stringify(replayed)}`,
    );
    const taken = isId && Array.from(known.values()).includes(replayed);
    assert(!taken, `${name} stands for something else: ${replayed}`);
    known.set(key, replayed);
    return replayed;
  }

  #idsOf(of = ""): Map<string, Json> {
    const ids = this.#ids.get(of) ?? new Map<string, Json>();
    this.#ids.set(of, ids);
    return ids;
  }
}

/** The field of the longest pattern that the end of a path is like. */
function fieldAt(
  path: Path,
  fields: Readonly<Record<string, MadeField>>,
): MadeField | undefined {
  const found = Object.entries(fields)
    .map(([pattern, field]) => ({ parts: pattern.split("."), field }))
    .filter(({ parts }) => isLike(path.slice(-parts.length), parts))
    .sort((a, b) => b.parts.length - a.parts.length);
  return found[0]?.field;
}

function isLike(path: Path, parts: Path): boolean {
  return path.length === parts.length &&
    parts.every((part, i) => part === "*" || part === path[i]);
}

type JsonObject = { readonly [key: string]: Json };

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !isArray(value);
}

function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
