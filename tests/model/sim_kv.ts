import type { Scheduler } from "./scheduler.ts";

/** The longest that a call of the store usually takes, in ms. */
const LATENCY_MS_MAX = 4;

/** The longest that one takes that stalls, in ms: some outlive their timeout. */
const STALL_MS_MAX = 8_000;

/** Faults come in spells: how long one may last, in ms, and how many fail. */
const SPELL_MS_MAX = 150;
const SPELL_FAILING = 40;

/** By then a call that is never answered has been given up, in ms. */
const SILENCE_MS = 6_500;

/** An error that was put in on purpose. */
export class InjectedError extends TypeError {}

/** What one commit has changed. */
export interface Change {
  readonly sets: readonly (readonly [Deno.KvKey, unknown])[];
}

/** How often calls go wrong, in percent; looked at again for each. */
export interface Faults {
  failing: number;
  stalling: number;
  /** Until when more than usual goes wrong. */
  spellUntilMs: number;
  /** When the last of what has gone wrong so far will be over. */
  untilMs: number;
}

/** Between what a server asks of the KV and the KV. */
export interface SimKvPorts {
  readonly real: Deno.Kv;
  readonly scheduler: Scheduler;
  /** No other process writes, and no call is given up. */
  readonly alone: boolean;
  readonly faults: Faults;
  /** Hears of every change, in order. */
  readonly changed: (change: Change) => void;
}

type Fault =
  | "none"
  | "locked"
  | "full"
  | "error"
  | "errorAfter"
  | "silent"
  | "silentAfter";

const FAULTS = {
  write: {
    alone: ["locked", "full", "error", "errorAfter", "errorAfter"],
    shared: ["locked", "error", "errorAfter", "silent", "silentAfter"],
  },
  read: {
    alone: ["locked", "error"],
    shared: ["locked", "error", "silent"],
  },
} as const satisfies Record<string, Record<string, readonly Fault[]>>;

interface Call {
  readonly land: () => Promise<void>;
  readonly drop: () => void;
}

/**
 * One server's connection to a real KV: every call is carried out and answered
 * when the scheduler says so, and some fail.
 */
export class SimKv {
  readonly kv: Deno.Kv;
  readonly #ports: SimKvPorts;
  /** Calls that were not carried out yet. */
  readonly #calls = new Set<Call>();
  #dead = false;

  constructor(ports: SimKvPorts) {
    this.#ports = ports;
    const { real } = ports;
    this.kv = onlyThese<Deno.Kv>({
      get: <T>(key: Deno.KvKey) => this.#call("read", () => real.get<T>(key)),
      getMany: (keys: readonly Deno.KvKey[]) =>
        this.#call("read", () => real.getMany(keys)),
      delete: (key: Deno.KvKey) => this.#call("write", () => real.delete(key)),
      set: (key: Deno.KvKey, value: unknown) =>
        this.#call("write", async () => {
          const result = await real.set(key, value);
          this.#changed({ sets: [[key, value]] });
          return result;
        }),
      list: <T>(...args: Parameters<Deno.Kv["list"]>) => this.#list<T>(args),
      atomic: () => this.#atomic(),
    });
  }

  /**
   * The process is gone: it hears nothing any more. What it had asked for is
   * carried out or not; over a network, also later.
   */
  async die(): Promise<void> {
    this.#dead = true;
    const { scheduler, alone } = this.#ports;
    for (const call of Array.from(this.#calls)) {
      const lands = scheduler.chance(50);
      if (!alone && lands) continue;
      call.drop();
      if (lands) await call.land();
    }
  }

  #changed(change: Change): void {
    this.#ports.changed(change);
  }

  #list<T>(args: Parameters<Deno.Kv["list"]>): Deno.KvListIterator<T> {
    const list = this.#ports.real.list<T>(...args);
    const { batchSize = 100 } = args[1] ?? {};
    const next = list.next.bind(list);
    let taken = 0;
    // Where the real one asks the store, ours waits for the scheduler.
    list.next = () =>
      taken++ % batchSize === 0 ? this.#call("read", next) : next();
    return list;
  }

  #atomic(): Deno.AtomicOperation {
    const atomic = this.#ports.real.atomic();
    const sets: [Deno.KvKey, unknown][] = [];
    const ours: Deno.AtomicOperation = intercepted(atomic, {
      set: (key: Deno.KvKey, value: unknown) => {
        atomic.set(key, value);
        sets.push([key, value]);
        return ours;
      },
      commit: () =>
        this.#call("write", async () => {
          const result = await atomic.commit();
          if (result.ok) this.#changed({ sets });
          return result;
        }),
    });
    return ours;
  }

  /** Two steps, each in its own time: it is carried out, it is answered. */
  #call<T>(kind: "read" | "write", act: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.#dead) return promise;
    const { scheduler } = this.#ports;
    const fault = this.#drawFault(kind);
    const answer = (settle: () => void) =>
      scheduler.after(this.#drawMs(), () => {
        if (!this.#dead) settle();
      });
    const land = async () => {
      this.#calls.delete(call);
      const error = errorOf(fault);
      if (fault === "silent") return this.#overIn(SILENCE_MS);
      if (error && fault !== "errorAfter") {
        return void answer(() => reject(error));
      }
      const outcome = await act().then(
        (value) => () => resolve(value),
        (failure) => () => reject(failure),
      );
      if (fault === "silentAfter") return this.#overIn(SILENCE_MS);
      answer(error ? () => reject(error) : outcome);
    };
    const cancel = scheduler.alone(this.#drawMs(), land);
    const call = {
      land,
      drop: () => {
        this.#calls.delete(call);
        cancel();
      },
    };
    this.#calls.add(call);
    return promise;
  }

  #drawFault(kind: "read" | "write"): Fault {
    const { scheduler, faults, alone } = this.#ports;
    if (faults.failing === 0) return "none";
    const isSpell = scheduler.nowMs < faults.spellUntilMs;
    const failing = isSpell ? SPELL_FAILING : faults.failing;
    if (!scheduler.chance(failing)) return "none";
    if (!isSpell) {
      faults.spellUntilMs = scheduler.nowMs + scheduler.below(SPELL_MS_MAX);
    }
    const kinds: readonly Fault[] = FAULTS[kind][alone ? "alone" : "shared"];
    return kinds[scheduler.below(kinds.length)] ?? "none";
  }

  #drawMs(): number {
    const { scheduler, faults } = this.#ports;
    const stalls = scheduler.chance(faults.stalling);
    const ms = scheduler.below(stalls ? STALL_MS_MAX : LATENCY_MS_MAX);
    this.#overIn(ms);
    return ms;
  }

  #overIn(ms: number): void {
    const { faults, scheduler } = this.#ports;
    faults.untilMs = Math.max(faults.untilMs, scheduler.nowMs + ms);
  }
}

function errorOf(fault: Fault): InjectedError | undefined {
  switch (fault) {
    case "locked":
      return new InjectedError("database is locked");
    case "full":
      return new InjectedError("database or disk is full");
    case "error":
    case "errorAfter":
      return new InjectedError("disk I/O error");
    case "none":
    case "silent":
    case "silentAfter":
      return undefined;
  }
}

/** Whatever else were called would happen when nobody says so. */
function onlyThese<T extends object>(methods: object): T {
  return new Proxy(methods, {
    get(_, name): unknown {
      if (Object.hasOwn(methods, name)) return Reflect.get(methods, name);
      throw new TypeError(`Cannot schedule "${String(name)}": not known`);
    },
  }) as T;
}

/** `target` with some methods replaced; those that return it stay chainable. */
function intercepted<T extends object>(target: T, methods: object): T {
  const proxy: T = new Proxy(target, {
    get(_, name): unknown {
      if (Object.hasOwn(methods, name)) return Reflect.get(methods, name);
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const result = value.apply(target, args);
        return result === target ? proxy : result;
      };
    },
  });
  return proxy;
}
