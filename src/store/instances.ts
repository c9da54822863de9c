import type { BesidePorts } from "./beside_ports.ts";
import { keys } from "./keys.ts";
import { StoreError } from "./open_store.ts";
import { delay } from "./pace.ts";
import { inTime, retryLocked } from "./retry.ts";

/** Instances on one KV. */
export const INSTANCES_MAX = 32;

/** How often an instance shows that it lives, and looks who else does, in ms. */
export const LEASE_MS = 1_000;

/** Looks at a lease that does not change, after which its holder is dead: 7 s. */
const LOOKS_MAX = 7;

/** Keys that the store can be asked for at a time. */
const GET_MANY_MAX = 10;

/** Records deleted in one commit: each costs a check, and the lease one more. */
const DELETE_BATCH_SIZE = 9;

/** What an instance shows that it lives by: its versionstamp changes. */
interface Lease {
  /** ms since the epoch, for people. */
  readonly at: number;
}

/** What knowing the instances needs. */
export interface InstancesPorts extends BesidePorts {
  /** Another one lives. */
  readonly came: (id: string) => void;
  /** Another one has ended, or is taken for dead. */
  readonly gone: (id: string) => void;
  /** The others have taken this one for dead; it is back among them. */
  readonly returned: () => void;
}

type Change =
  | { readonly atomic: Deno.AtomicOperation; readonly ids: readonly string[] }
  | undefined;

interface Other {
  versionstamp: string | null;
  /** How often its lease was found unchanged. */
  looks: number;
  isHere: boolean;
}

/**
 * Which instances live: those whose lease changes.
 *
 * By one's own clock and looks alone: clocks of machines differ, and while the
 * store is away nobody dies. One that was stopped for a while and taken for
 * dead comes back by its next look.
 */
export class Instances {
  readonly #ports: InstancesPorts;
  readonly #others = new Map<string, Other>();
  #versionstamp: string | null = null;
  /** The others do not know of it, or have taken it for dead. */
  #isOut = false;

  constructor(ports: InstancesPorts) {
    this.#ports = ports;
  }

  /**
   * Joins the others. Where there are as many as may be it waits until those
   * of them are found out that are dead.
   *
   * @throws {StoreError} They all live.
   */
  async join(): Promise<void> {
    const { instance, observer } = this.#ports;
    await this.#renew();
    if (!await this.#enter()) {
      observer.trouble("join", `there are ${INSTANCES_MAX} instances`);
      await this.#clearDead();
      if (!await this.#enter()) {
        await this.#clear(instance, this.#versionstamp);
        this.#versionstamp = null;
        throw new StoreError(`Cannot join: ${INSTANCES_MAX} instances live`);
      }
    }
    await this.look();
  }

  /** Shows that this one lives, and looks who else does. */
  async beat(): Promise<void> {
    if (!await this.#renew()) this.#isOut = true;
    if (this.#isOut) await this.#return();
    await this.look(true);
  }

  /** Looks who else lives; `counts`: an unchanged lease speaks against it. */
  async look(counts = false): Promise<void> {
    const { instance } = this.#ports;
    const all = await this.#list();
    if (!all.includes(instance)) this.#isOut = true;
    const ids = all.filter((id) => id !== instance);
    for (const id of this.#others.keys()) {
      if (ids.includes(id)) continue;
      this.#leave(id);
      this.#others.delete(id);
    }
    for (const [id, versionstamp] of await this.#leases(ids)) {
      this.#see(id, versionstamp, counts);
    }
  }

  /** Takes leave of the others, who need not wait for it to be dead. */
  async leave(): Promise<void> {
    await this.#clear(this.#ports.instance, this.#versionstamp);
  }

  #see(id: string, versionstamp: string | null, counts: boolean): void {
    const known = this.#others.get(id);
    const other = known ?? { versionstamp, looks: 0, isHere: false };
    this.#others.set(id, other);
    if (!known || versionstamp !== other.versionstamp) {
      other.versionstamp = versionstamp;
      other.looks = 0;
      if (versionstamp === null || other.isHere) return;
      other.isHere = true;
      this.#ports.came(id);
      return;
    }
    if (!counts || ++other.looks < LOOKS_MAX) return;
    other.looks = 0;
    this.#leave(id);
    void this.#clearBeside(id, versionstamp);
  }

  /** It may take longer than a lease lasts. Never rejects. */
  async #clearBeside(id: string, versionstamp: string | null): Promise<void> {
    try {
      await this.#clear(id, versionstamp);
    } catch (error) {
      // Whoever finds it dead once more tries again.
      this.#ports.observer.trouble("clear instance", error);
    }
  }

  #leave(id: string): void {
    const other = this.#others.get(id);
    if (!other?.isHere) return;
    other.isHere = false;
    this.#ports.gone(id);
  }

  /** False: the lease is gone. */
  async #renew(): Promise<boolean> {
    const { kv, now, instance } = this.#ports;
    const key = keys.lease(instance);
    const lease: Lease = { at: now() };
    const versionstamp = this.#versionstamp;
    const atomic = kv.atomic().check({ key, versionstamp }).set(key, lease);
    const result = await this.#ask(() => atomic.commit());
    if (result.ok) {
      this.#versionstamp = result.versionstamp;
      return true;
    }
    // An earlier try may have landed whose reply was lost.
    this.#versionstamp = (await this.#ask(() => kv.get(key))).versionstamp;
    return this.#versionstamp !== null;
  }

  async #return(): Promise<void> {
    await this.join();
    this.#isOut = false;
    this.#ports.returned();
  }

  /** False: there is no place. */
  async #enter(): Promise<boolean> {
    const { kv, instance } = this.#ports;
    let isFull = false;
    await this.#changeList((ids) => {
      isFull = !ids.includes(instance) && ids.length >= INSTANCES_MAX;
      if (isFull || ids.includes(instance)) return undefined;
      return { atomic: kv.atomic(), ids: [...ids, instance] };
    });
    return !isFull;
  }

  /** Clears those away whose lease does not change. */
  async #clearDead(): Promise<void> {
    const leases = await this.#leases(await this.#list());
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      await delay(LEASE_MS, this.#ports.pace);
      const now = await this.#leases(Array.from(leases.keys()));
      for (const [id, versionstamp] of now) {
        if (versionstamp !== leases.get(id)) leases.delete(id);
      }
    }
    for (const [id, versionstamp] of leases) {
      await this.#clear(id, versionstamp);
    }
  }

  /**
   * Deletes what a dead instance has left, whose lease was found so; any that
   * lives may do so, and all.
   */
  async #clear(id: string, versionstamp: string | null): Promise<void> {
    const { kv } = this.#ports;
    const lease = keys.lease(id);
    const { ok } = await this.#ask(() =>
      kv.atomic().check({ key: lease, versionstamp }).delete(lease)
        .commit()
    );
    if (!ok && await this.#hasLease(id)) return;
    for (const prefix of [keys.bells(id), keys.keptBy(id)]) {
      const list = kv.list({ prefix });
      await this.#delete(id, await this.#ask(() => Array.fromAsync(list)));
    }
    await this.#changeList(async (ids) => {
      // It may be back by now.
      if (!ids.includes(id) || await this.#hasLease(id)) return undefined;
      const atomic = kv.atomic().check({ key: lease, versionstamp: null });
      return { atomic, ids: ids.filter((one) => one !== id) };
    });
  }

  async #hasLease(id: string): Promise<boolean> {
    const { kv } = this.#ports;
    const lease = await this.#ask(() => kv.get(keys.lease(id)));
    return lease.versionstamp !== null;
  }

  /** What one that is back has written, before it was read or since, stays. */
  async #delete(
    id: string,
    records: readonly Deno.KvEntry<unknown>[],
  ): Promise<void> {
    const dead = { key: keys.lease(id), versionstamp: null };
    for (let i = 0; i < records.length; i += DELETE_BATCH_SIZE) {
      const atomic = this.#ports.kv.atomic().check(dead);
      const some = records.slice(i, i + DELETE_BATCH_SIZE);
      for (const { key, versionstamp } of some) {
        atomic.check({ key, versionstamp }).delete(key);
      }
      await this.#ask(() => atomic.commit());
    }
  }

  async #list(): Promise<readonly string[]> {
    const { kv } = this.#ports;
    const { value } = await this.#ask(() =>
      kv.get<readonly string[]>(keys.instances())
    );
    return value ?? [];
  }

  /** The versionstamps of their leases. */
  async #leases(
    ids: readonly string[],
  ): Promise<Map<string, string | null>> {
    const { kv } = this.#ports;
    const found = new Map<string, string | null>();
    for (let i = 0; i < ids.length; i += GET_MANY_MAX) {
      const some = ids.slice(i, i + GET_MANY_MAX);
      const leases = await this.#ask(() => kv.getMany(some.map(keys.lease)));
      for (const [j, { versionstamp }] of leases.entries()) {
        const id = some[j];
        if (id !== undefined) found.set(id, versionstamp);
      }
    }
    return found;
  }

  /** `undefined`: there is nothing to change. */
  async #changeList(
    change: (ids: readonly string[]) => Change | Promise<Change>,
  ): Promise<void> {
    const { kv } = this.#ports;
    const key = keys.instances();
    for (;;) {
      const { value, versionstamp } = await this.#ask(() =>
        kv.get<readonly string[]>(key)
      );
      const changed = await change(value ?? []);
      if (!changed) return;
      const { atomic, ids } = changed;
      atomic.check({ key, versionstamp }).set(key, ids);
      const { ok } = await this.#ask(() => atomic.commit());
      if (ok) return;
    }
  }

  #ask<T>(call: () => Promise<T>): Promise<T> {
    return inTime(retryLocked(call, this.#ports.pace), this.#ports);
  }
}
