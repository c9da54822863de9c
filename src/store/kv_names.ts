import { ChatError } from "../core/errors.ts";
import type { NameClaims } from "../core/name_claims.ts";
import type { RoomId, SessionId } from "../core/types.ts";
import type { BesidePorts } from "./beside_ports.ts";
import { keys, type NameClaim } from "./keys.ts";
import { asking, inTime } from "./retry.ts";

/** Races for one name that may be lost before the asker is sent away. */
const TRIES_MAX = 8;

/** Claims looked at in one run of the sweeper. */
const CLAIMS_PER_RUN = 200;

/** What keeping names apart needs. */
export type NamesPorts = Omit<BesidePorts, "now">;

/**
 * Names in Deno KV, each a record of the one who has it.
 *
 * A claim holds for as long as its session has it and its instance lives: of
 * those that a dead one leaves behind nobody need be told.
 */
export class KvNames implements NameClaims {
  readonly alone = false;
  readonly #ports: NamesPorts;
  /** What sessions of this instance have. */
  readonly #own = new Map<SessionId, Map<RoomId, string>>();
  /** Claims that are under way: they may be stored before their reply comes. */
  readonly #asking = new Set<string>();
  #cursor = "";

  constructor(ports: NamesPorts) {
    this.#ports = ports;
  }

  async claim(
    session: SessionId,
    room: RoomId,
    name: string,
  ): Promise<boolean> {
    const asking = nameOf(session, room, name);
    this.#asking.add(asking);
    try {
      return await this.#claim(session, room, name);
    } finally {
      this.#asking.delete(asking);
    }
  }

  async #claim(
    session: SessionId,
    room: RoomId,
    name: string,
  ): Promise<boolean> {
    const { instance } = this.#ports;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const found = await this.#ask(() => this.#get(keys.name(room, name)));
      const place = await this.#ask(() => this.#placeOf(found, session));
      if (!place) return false;
      const { atomic } = place;
      // Also where it has the name: a release that is under way fails then.
      atomic.set(found.key, { instance, session });
      if (!(await this.#ask(() => atomic.commit())).ok) continue;
      this.#note(session, room, name);
      return true;
    }
    throw new ChatError("busy", "Cannot take name: others ask for it");
  }

  release(session: SessionId, room?: RoomId): void {
    const names = this.#own.get(session);
    if (!names) return;
    for (const [at, name] of Array.from(names)) {
      if (room !== undefined && at !== room) continue;
      names.delete(at);
      void this.#free(session, at, name);
    }
    if (names.size === 0) this.#own.delete(session);
  }

  /** Deletes some claims that hold no longer. Rejects as the store does. */
  async sweep(): Promise<void> {
    const list = this.#ports.kv.list<NameClaim>({ prefix: keys.names() }, {
      limit: CLAIMS_PER_RUN,
      cursor: this.#cursor,
    });
    const found = await this.#inTime(() => Array.fromAsync(list));
    for (const claim of found) {
      const place = await this.#placeOf(claim);
      if (!place) continue;
      await this.#inTime(() => place.atomic.delete(claim.key).commit());
    }
    this.#cursor = list.cursor;
  }

  /** A commit that takes a claim's place; `undefined`: it holds. */
  async #placeOf(
    { key, value, versionstamp }: Deno.KvEntryMaybe<NameClaim>,
    session?: SessionId,
  ): Promise<{ atomic: Deno.AtomicOperation } | undefined> {
    const { kv, instance } = this.#ports;
    const atomic = kv.atomic().check({ key, versionstamp });
    if (!value || value.session === session) return { atomic };
    if (value.instance === instance) {
      const [, room, name] = key;
      const holder = value.session;
      const holds = this.#holds(holder, room as RoomId, name as string);
      return holds ? undefined : { atomic };
    }
    const lease = keys.lease(value.instance);
    const living = await this.#get(lease);
    if (living.versionstamp !== null) return undefined;
    atomic.check({ key: lease, versionstamp: null });
    return { atomic };
  }

  /** Whether a session of this instance has a name, or may be about to. */
  #holds(session: SessionId, room: RoomId, name: string): boolean {
    if (this.#own.get(session)?.get(room) === name) return true;
    return this.#asking.has(nameOf(session, room, name));
  }

  #note(session: SessionId, room: RoomId, name: string): void {
    const names = this.#own.get(session) ?? new Map<RoomId, string>();
    this.#own.set(session, names);
    const before = names.get(room);
    names.set(room, name);
    if (before === undefined || before === name) return;
    void this.#free(session, room, before);
  }

  /** Never rejects; what fails is swept some time. */
  async #free(session: SessionId, room: RoomId, name: string): Promise<void> {
    const { observer } = this.#ports;
    try {
      const { key, value, versionstamp } = await this.#get(
        keys.name(room, name),
      );
      if (value?.session !== session) return;
      // Its session may have taken it again.
      if (this.#own.get(session)?.get(room) === name) return;
      const atomic = this.#ports.kv.atomic().check({ key, versionstamp });
      await this.#inTime(() => atomic.delete(key).commit());
    } catch (error) {
      observer.trouble("release name", error);
    }
  }

  #get(key: Deno.KvKey): Promise<Deno.KvEntryMaybe<NameClaim>> {
    return this.#inTime(() => this.#ports.kv.get<NameClaim>(key));
  }

  #inTime<T>(call: () => Promise<T>): Promise<T> {
    return inTime(call(), this.#ports);
  }

  #ask<T>(call: () => Promise<T>): Promise<T> {
    return asking(this.#ports, "take name", call);
  }
}

function nameOf(session: SessionId, room: RoomId, name: string): string {
  return JSON.stringify([session, room, name]);
}
