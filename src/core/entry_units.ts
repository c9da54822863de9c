import type { Entry, Json } from "./types.ts";

/** What an entry has beside what people gave it, in units of text. */
const ENVELOPE_UNITS = 200;

/** What a value has beside its text. */
const VALUE_UNITS = 4;

/** A user's id, in quotes and with a comma. */
const USER_UNITS = 39;

/** About as many units of text as an entry has on the wire of any dialect. */
export function unitsOf(entry: Entry): number {
  const units = ENVELOPE_UNITS + entry.author.name.length;
  switch (entry.kind) {
    case "message": {
      const { text, extra, data, reactions } = entry;
      let all = units + text.length + jsonUnits(extra) + jsonUnits(data);
      for (const [reaction, users] of reactions ?? []) {
        all += VALUE_UNITS + reaction.length + USER_UNITS * users.length;
      }
      return all;
    }
    case "edited":
      return units + entry.text.length;
    case "reacted":
      return units + entry.reaction.length;
    case "deleted":
    case "closed":
      return units;
  }
}

/** `value` is at most `JSON_DEPTH_MAX` deep: the wire has been checked. */
function jsonUnits(value: Json | undefined): number {
  if (value === undefined) return 0;
  if (typeof value === "string") return VALUE_UNITS + value.length;
  if (typeof value !== "object" || value === null) return VALUE_UNITS;
  let units = VALUE_UNITS;
  for (const [key, item] of Object.entries(value)) {
    units += VALUE_UNITS + key.length + jsonUnits(item);
  }
  return units;
}
