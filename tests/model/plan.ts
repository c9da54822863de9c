/**
 * What happens in a run, as fast-check draws and shrinks it.
 *
 * @module
 */
import fc from "fast-check";

/** The lobby, one of the three numbered rooms, and rooms that people make. */
export const ROOMS = [
  "general",
  "Room 1",
  "lake",
  "sea",
  "pond",
  "bay",
  "flit",
] as const;

/** One of them goes away when nobody is left in it and nothing was said. */
export const FLEETING = "flit";

/** The first ones have accounts: they keep their id over connections. */
export const ACCOUNTS = 3;
export const PEOPLE = 5;

/** Some speak a dialect that is told of every entry, and resume. */
export function isNativePerson(person: number): boolean {
  return person % 2 === 0;
}

/** Send keys of one person, and bodies under one key. */
const KEYS = 2;
const BODIES = 2;

const person = fc.nat(PEOPLE - 1);
// Some more often than others: what is rare in a room must meet.
const room = fc.constantFrom(...ROOMS, ROOMS[0], ROOMS[2]);
const server = fc.nat(2);

/** How long a server is down. */
const downMs = fc.nat(500);

/** Counted from the newest one. */
const nth = fc.nat(3);

/** Mostly at once, so that what is under way meets. */
const gapMs = fc.oneof(
  { weight: 5, arbitrary: fc.nat(4) },
  { weight: 2, arbitrary: fc.nat(60) },
  { weight: 1, arbitrary: fc.nat(2_000) },
);

const seed = fc.noShrink(fc.nat());

const step = fc.oneof(
  weighed(8, "join", { person, room, replay: fc.constantFrom(-1, 0, 3) }),
  weighed(5, "resume", { person, room }),
  weighed(20, "send", { person, room }),
  weighed(12, "sendKeyed", {
    person,
    room,
    inTwoTabs: fc.boolean(),
    key: fc.nat(KEYS - 1),
    body: fc.nat(BODIES - 1),
  }),
  weighed(5, "flood", { person, room, count: fc.integer({ min: 2, max: 70 }) }),
  weighed(8, "everywhere", { person, count: fc.integer({ min: 1, max: 3 }) }),
  weighed(5, "edit", { person, room, nth, keyed: fc.boolean() }),
  weighed(3, "delete", { person, room, nth, keyed: fc.boolean() }),
  weighed(4, "react", {
    person,
    room,
    nth,
    reaction: fc.constantFrom("+1", "\u{1f44d}"),
    removed: fc.boolean(),
  }),
  weighed(3, "rethink", { person, room }),
  weighed(8, "meet", { person, room, count: fc.integer({ min: 1, max: 9 }) }),
  weighed(4, "empty", { person, isCalm: fc.boolean() }),
  weighed(2, "recycle", { server, room }),
  weighed(3, "leave", { person, room }),
  weighed(4, "vanish", { person }),
  weighed(2, "rewrite", { person }),
  weighed(2, "stall", { person, ms: fc.nat(400) }),
  weighed(5, "close", { server, room }),
  weighed(7, "open", { server, room }),
  weighed(1, "remove", { server, room }),
  weighed(6, "look", { server, room, skip: fc.nat(20), limit: fc.nat(120) }),
  weighed(6, "sweep", { server }),
  weighed(3, "crash", { server, downMs }),
  weighed(2, "replace", { person }),
  weighed(2, "crashInFold", { person, server, ms: fc.nat(40), downMs }),
  weighed(4, "jump", { hours: fc.constantFrom(-1, 0.02, 0.02, 0.02, 2, 30) }),
  weighed(3, "calm", {}),
  weighed(2, "wait", { ms: fc.nat(70_000) }),
);

/** When a step happens, and what is drawn from then on. */
interface Timing {
  readonly gapMs: number;
  readonly seed: number;
}

/** Something that happens, some ms after what was before it. */
export type Step = StepOf<typeof step>;
type StepOf<A> = A extends fc.Arbitrary<infer S> ? S : never;

/** How a run goes. */
export interface Plan {
  /** Instances that share one KV; 1: alone on it. */
  readonly servers: number;
  /** Calls of the store that fail, in percent. */
  readonly failing: number;
  /** Calls of the store that take long, in percent. */
  readonly stalling: number;
  /** Of what the scheduler draws before the first step and after the last. */
  readonly seed: number;
  readonly steps: readonly Step[];
}

/** Plans; smaller ones have fewer steps and fewer faults. */
export const plans: fc.Arbitrary<Plan> = fc.record({
  servers: fc.constantFrom(1, 2, 1, 3),
  failing: fc.constantFrom(0, 0, 2, 8, 25),
  stalling: fc.constantFrom(0, 0, 3, 15),
  seed,
  steps: fc.array(step, { minLength: 1, maxLength: 110, size: "max" }),
});

function weighed<K extends string, R extends object>(
  weight: number,
  kind: K,
  fields: { [N in keyof R]: fc.Arbitrary<R[N]> },
): fc.WeightedArbitrary<{ kind: K } & Timing & R> {
  const head = { kind: fc.constant(kind), gapMs, seed };
  // fast-check's own type does not see that the two are one record.
  const record = fc.record({ ...head, ...fields }) as unknown;
  return {
    weight,
    arbitrary: record as fc.Arbitrary<{ kind: K } & Timing & R>,
  };
}
