/**
 * Who is writing.
 *
 * @module
 */
import { nameOf } from "./person.js";

const NAMED_MAX = 3;

const line = document.getElementById("typing");

/**
 * @param {import("./client.js").Room} room
 * @param {string} me The id of this page's user.
 */
export function showTypists({ typists }, me) {
  const names = typists.filter(({ id }) => id !== me)
    // Names of either direction stand side by side.
    .map((user) => `\u2068${nameOf(user)}\u2069`);
  const text = textOf(names);
  if (line.textContent !== text) line.textContent = text;
}

function textOf(names) {
  if (names.length === 0) return "";
  if (names.length === 1) return `${names[0]} is writing …`;
  if (names.length > NAMED_MAX) return `${names.length} people are writing …`;
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)} are writing …`;
}
