/**
 * How a user is shown: a name, a colour, a sign in a circle.
 *
 * @module
 */
import { element } from "./element.js";
import { icon } from "./icon.js";

const HUES = 8;
/** Names that are remembered for direct messages; the oldest go first. */
const KNOWN_MAX = 300;
const KNOWN_KEY = "parley.people";

/** What is one sign by itself, if what follows is so too. */
const PLAIN = /^[\w ](?:[\w ]|$)/;
/** Made for the first name that needs it: that takes longer than all else. */
let segmenter;
/** @type {Map<string, { name: string, number: number, verified: boolean }>} */
const known = recall();
let isKept = true;

/** What a user is called; guests without a name by their number. */
export function nameOf({ name, number }) {
  return name === "" ? `Guest ${number}` : name;
}

/** A class of one of eight colours; the same for all names of a user. */
export function hueOf({ id, name, number }) {
  let sum = 0;
  for (const mark of id || nameOf({ name, number })) {
    sum = (sum * 31 + mark.codePointAt(0)) >>> 0;
  }
  return `hue-${sum % HUES}`;
}

/** The first sign of the name, in a circle. */
export function avatarOf(user) {
  const first = firstSignOf(nameOf(user).trim());
  return element("span", {
    class: `avatar ${hueOf(user)}`,
    "aria-hidden": "true",
  }, [(first ?? "?").toLocaleUpperCase()]);
}

function firstSignOf(name) {
  if (PLAIN.test(name)) return name[0];
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  const [first] = segmenter.segment(name);
  return first?.segment;
}

/** The name, kept apart from the direction of what is around it. */
export function nameElement(user) {
  const parts = [element("bdi", {}, [nameOf(user)])];
  if (user.verified) {
    const mark = element("span", {
      class: "verified",
      role: "img",
      "aria-label": "has an account",
      title: "has an account",
    }, [icon("check")]);
    parts.push(mark);
  }
  return element("span", { class: `author ${hueOf(user)}` }, parts);
}

/** Remembers users by their id, for rooms that tell only that. */
export function meet(user) {
  if (user.id === "") return;
  const before = known.get(user.id);
  if (before?.name === user.name && before.verified === user.verified) return;
  known.delete(user.id);
  const { name, number, verified } = user;
  known.set(user.id, { name, number, verified });
  if (known.size > KNOWN_MAX) known.delete(known.keys().next().value);
  if (!isKept) return;
  isKept = false;
  setTimeout(keep, 1_000);
}

/** The user of that id as far as one has met them. */
export function personOf(id) {
  return { id, ...known.get(id) ?? { name: "Somebody", number: 0 } };
}

function keep() {
  isKept = true;
  try {
    localStorage.setItem(KNOWN_KEY, JSON.stringify([...known]));
  } catch {
    // Then the names last as long as the page.
  }
}

function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(KNOWN_KEY) ?? "[]");
    return new Map(kept.filter(([, user]) => typeof user.name === "string"));
  } catch {
    return new Map(); // Storage may be forbidden.
  }
}
