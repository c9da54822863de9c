import { isBefore } from "../core/position.ts";
import type { Marker, MarkerStore } from "../core/read_markers.ts";
import type { Observer } from "../core/ports.ts";
import type { RoomId } from "../core/types.ts";
import type { Capabilities } from "./capabilities.ts";
import { keys } from "./keys.ts";
import type { Pace } from "./pace.ts";
import { asking } from "./retry.ts";

/** Records read at a time. */
const BATCH_SIZE = 500;

/** What keeping read markers needs. */
export interface MarkersPorts {
  readonly kv: Deno.Kv;
  readonly capabilities: Capabilities;
  readonly observer: Observer;
  readonly pace: Pace;
}

/** Read markers in Deno KV. */
export class KvMarkers implements MarkerStore {
  readonly #ports: MarkersPorts;

  constructor(ports: MarkersPorts) {
    this.#ports = ports;
  }

  async marker(user: string, room: RoomId): Promise<Marker | undefined> {
    const key = keys.read(user, room);
    const { value } = await this.#ask(() => this.#ports.kv.get<Marker>(key));
    return value ?? undefined;
  }

  async markersOf(user: string): Promise<ReadonlyMap<RoomId, Marker>> {
    const prefix = keys.readsOf(user);
    const found = await this.#ask(() =>
      Array.fromAsync(
        this.#ports.kv.list<Marker>({ prefix }, { batchSize: BATCH_SIZE }),
      )
    );
    return new Map(found.map(({ key, value }) => [key[2] as RoomId, value]));
  }

  async advance(
    user: string,
    room: RoomId,
    marker: Marker,
  ): Promise<Marker> {
    const { kv } = this.#ports;
    const key = keys.read(user, room);
    for (;;) {
      const { value, versionstamp } = await this.#ask(() =>
        kv.get<Marker>(key)
      );
      if (value && !isBefore(value, marker)) return value;
      const { ok } = await this.#ask(() =>
        kv.atomic().check({ key, versionstamp }).set(key, marker).commit()
      );
      // Another session of the user may have gone further.
      if (ok) return marker;
    }
  }

  #ask<T>(call: () => Promise<T>): Promise<T> {
    return asking(this.#ports, "mark as read", call);
  }
}
