import { monotonicUlid } from "@std/ulid";
import { ChatError } from "../../src/core/errors.ts";
import { resolveLimits } from "../../src/core/limits.ts";
import type { Appended } from "../../src/core/ports.ts";
import type { Author, Entry, RoomId } from "../../src/core/types.ts";
import { assembleStore, type StoreParts } from "../../src/store/assemble.ts";
import {
  type Capabilities,
  LOCAL,
  NETWORK,
} from "../../src/store/capabilities.ts";
import { type Pace, REAL_PACE } from "../../src/store/pace.ts";
import { keys } from "../../src/store/keys.ts";
import {
  ROOM_CHECKS,
  type WriterClaim,
  WriterFence,
} from "../../src/store/writer_claim.ts";
import { readStore, type StoreContent } from "../support/history_check.ts";
import { type FaultyKv, withFaults } from "../support/kv_faults.ts";

/** A KV beside others, whose replies are soon given up. */
export const SHARED: Capabilities = { ...NETWORK, replyTimeoutMs: 100 };

/** How an instance may stand to its KV. */
export const STANDINGS: readonly [name: string, Capabilities][] = [
  ["alone", LOCAL],
  ["beside others", SHARED],
];

const AUTHOR: Author = {
  id: "00000000-0000-4000-8000-000000000000",
  number: 1,
  name: "Ann",
  verified: false,
};

/** One KV in memory that can be made to fail, and instances of parley on it. */
export class StoreKit implements AsyncDisposable {
  readonly faults: FaultyKv;
  /** Bugs that the store has kept from harming others; there should be none. */
  readonly bugs: unknown[] = [];
  /** What all instances take for the time, ms since the epoch. */
  nowMs = 1_800_000_000_000;
  readonly #kv: Deno.Kv;
  readonly #capabilities: Capabilities;
  readonly #instances: Instance[] = [];

  private constructor(kv: Deno.Kv, capabilities: Capabilities) {
    this.#kv = kv;
    this.#capabilities = capabilities;
    this.faults = withFaults(kv);
  }

  static async open(capabilities: Capabilities = LOCAL): Promise<StoreKit> {
    return new StoreKit(await Deno.openKv(":memory:"), capabilities);
  }

  /** Another instance; where one must be alone, the last one may write. */
  async instance(pace: Pace = REAL_PACE): Promise<Instance> {
    const { kv } = this.faults;
    const capabilities = this.#capabilities;
    const name = `instance ${this.#instances.length + 1}`;
    const lost = { count: 0 };
    const claim: WriterClaim = capabilities.alone
      ? await WriterFence.claim(kv, name, () => lost.count++)
      : ROOM_CHECKS;
    const store = { kv, capabilities, claim, instance: name };
    const parts = await assembleStore(store, {
      observer: { bug: (_, error) => this.bugs.push(error), trouble: () => {} },
      clock: { now: () => this.nowMs, elapsed: () => performance.now() },
      limits: resolveLimits(),
      historyAgeMaxMs: 0,
      pace,
    });
    const instance = new Instance(parts, { lost, now: () => this.nowMs });
    this.#instances.push(instance);
    return instance;
  }

  /** Two instances that have the same room open. */
  async pair(name: string): Promise<[Instance, Instance, RoomId]> {
    const ann = await this.instance();
    const bob = await this.instance();
    const room = await ann.use(name);
    await bob.use(name);
    return [ann, bob, room];
  }

  /** All that is stored, read past the faults. */
  content(): Promise<StoreContent> {
    return readStore(this.#kv);
  }

  /** Records in the journal. */
  async journaled(): Promise<number> {
    const list = this.#kv.list({ prefix: keys.journal() });
    return (await Array.fromAsync(list)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { parts } of this.#instances) await parts.log.settled();
    this.#kv.close();
  }
}

/** The store of one instance. */
export class Instance {
  readonly parts: StoreParts;
  /** The entries of which its listener was told that it wrote them. */
  readonly committed: Entry[] = [];
  readonly #lost: { readonly count: number };
  readonly #now: () => number;

  constructor(
    parts: StoreParts,
    { lost, now }: { lost: { readonly count: number }; now: () => number },
  ) {
    this.parts = parts;
    this.#lost = lost;
    this.#now = now;
    parts.log.listener = {
      committed: (_, entries) => this.committed.push(...entries),
      moved: () => {},
      missed: () => {},
    };
  }

  /** How often it was told that another one took the store over. */
  get lostCount(): number {
    return this.#lost.count;
  }

  /** Makes a room if there is none, and opens its log. */
  async use(name: string): Promise<RoomId> {
    const { directory, log } = this.parts;
    const record = await directory.ensure({
      id: name as RoomId,
      title: name,
      kind: "public",
      via: "test",
      createdBy: AUTHOR.name,
      at: this.#now(),
      joined: true,
    });
    await log.open(record);
    return record.id;
  }

  /** Appends a message, under an idempotency key of Ann's if there is one. */
  say(room: RoomId, text: string, key?: string): Promise<Appended> {
    const at = this.#now();
    return this.parts.log.append(
      room,
      {
        kind: "message",
        id: monotonicUlid(at),
        at,
        author: AUTHOR,
        text,
        via: "test",
      },
      key === undefined ? undefined : { author: AUTHOR.id, key },
    );
  }

  /** Appends some messages in one turn. */
  sayAll(room: RoomId, texts: readonly string[]): Promise<Appended[]> {
    return Promise.all(texts.map((text) => this.say(room, text)));
  }

  /** Closes a room's log, for good or to go on in the next epoch. */
  close(room: RoomId, { reopens }: { reopens: boolean }): Promise<Appended> {
    const at = this.#now();
    return this.parts.log.append(room, {
      kind: "closed",
      id: monotonicUlid(at),
      at,
      author: AUTHOR,
      reopens,
    });
  }
}

/** Time of which every look takes a second, so that deadlines pass at once. */
export function hastyPace(): Pace {
  let nowMs = 0;
  return {
    elapsed: () => nowMs += 1_000,
    after: (_ms, run) => REAL_PACE.after(0, run),
    random: () => 0,
  };
}

/** The texts `<prefix> 1` to `<prefix> <count>`. */
export function texts(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix} ${i + 1}`);
}

/** The code of the refusal; "done" if there is none. Fails on other errors. */
export async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
    return "done";
  } catch (error) {
    if (error instanceof ChatError) return error.code;
    throw error;
  }
}
