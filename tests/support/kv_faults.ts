/** Stands between a call of the store and its caller. */
export type Fault = <T>(call: () => Promise<T>) => Promise<T>;

/** Another process holds the file: nothing is applied. */
export function locked(): Promise<never> {
  return Promise.reject(new TypeError("database is locked"));
}

/** The disk fails: nothing is applied. */
export function ioError(): Promise<never> {
  return Promise.reject(new TypeError("disk I/O error"));
}

/** The disk is full: nothing is applied. */
export function diskFull(): Promise<never> {
  return Promise.reject(new TypeError("database or disk is full"));
}

/** No fault: the call works as usual. */
export function works<T>(call: () => Promise<T>): Promise<T> {
  return call();
}

/** Nothing is applied, and nobody is ever told. */
export function silent(): Promise<never> {
  return new Promise(() => {});
}

/** It is applied, and then it seems to have failed. */
export async function failedAfter<T>(call: () => Promise<T>): Promise<T> {
  await call();
  return await ioError();
}

/** It is applied, and nobody is ever told. */
export async function silentAfter<T>(call: () => Promise<T>): Promise<T> {
  await call();
  return await silent();
}

/** It is applied and answered once the gate opens. */
export function held(gate: Promise<unknown>): Fault {
  return async (call) => {
    await gate;
    return await call();
  };
}

/** It is applied at once, and answered once the gate opens. */
export function answeredLate(gate: Promise<unknown>): Fault {
  return async (call) => {
    const reply = await call();
    await gate;
    return reply;
  };
}

/** Something else happens first. */
export function after(act: () => Promise<unknown>): Fault {
  return async (call) => {
    await act();
    return await call();
  };
}

/**
 * A real KV of which calls fail as a script says: each call takes the oldest
 * fault of its kind, and works as usual when there is none.
 */
export interface FaultyKv {
  readonly kv: Deno.Kv;
  /** What becomes of the next commits of atomic operations. */
  readonly commits: Fault[];
  /** What becomes of the next `get`s and `list`s, a list being one call. */
  readonly reads: Fault[];
  /** What becomes of the next `set`s that are not part of a commit. */
  readonly sets: Fault[];
  /** Commits that were asked for, failed ones included. */
  readonly commitCount: number;
}

/** Puts faults before a KV, which stays the caller's to close. */
export function withFaults(real: Deno.Kv): FaultyKv {
  const commits: Fault[] = [];
  const reads: Fault[] = [];
  const sets: Fault[] = [];
  let commitCount = 0;
  const kv = intercepted(real, {
    get: (...args) => pass(reads, () => real.get(...args)),
    set: (...args) => pass(sets, () => real.set(...args)),
    list: <T>(...args: Parameters<Deno.Kv["list"]>) => {
      const list = real.list<T>(...args);
      const next = list.next.bind(list);
      let first = true;
      list.next = () => {
        if (!first) return next();
        first = false;
        return pass(reads, next);
      };
      return list;
    },
    atomic: () => {
      const atomic = real.atomic();
      const commit = () => {
        commitCount++;
        return pass(commits, () => atomic.commit());
      };
      return intercepted(atomic, { commit });
    },
  });
  return {
    kv,
    commits,
    reads,
    sets,
    get commitCount() {
      return commitCount;
    },
  };
}

function pass<T>(faults: Fault[], call: () => Promise<T>): Promise<T> {
  const fault = faults.shift();
  return fault ? fault(call) : call();
}

/** `target` with some methods replaced; those that return it stay chainable. */
function intercepted<T extends object>(target: T, methods: Partial<T>): T {
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
