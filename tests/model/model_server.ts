import { Chat } from "../../src/core/chat.ts";
import { resolveLimits } from "../../src/core/limits.ts";
import type { LogListener, Timers } from "../../src/core/ports.ts";
import type { RoomId } from "../../src/core/types.ts";
import { assembleStore, type StoreParts } from "../../src/store/assemble.ts";
import { LOCAL, NETWORK } from "../../src/store/capabilities.ts";
import type { Pace } from "../../src/store/pace.ts";
import { retryLocked } from "../../src/store/retry.ts";
import { ROOM_CHECKS, WriterFence } from "../../src/store/writer_claim.ts";
import {
  PlainSeal,
  PlainSecrets,
  PlainVoucher,
} from "../support/plain_secrets.ts";
import { InjectedError, SimKv, type SimKvPorts } from "./sim_kv.ts";

/** As main.ts does it, in ms. */
const TICK_MS = 1_000;

/** What the servers of a run share. */
export interface ServerPorts extends SimKvPorts {
  /** ms since the epoch. */
  readonly now: () => number;
  readonly complain: (what: string) => void;
  /** Notes what happens, for people. */
  readonly note: (what: string) => void;
  /** A room has new entries, of which other servers are to hear. */
  readonly wrote: (by: ModelServer, room: RoomId) => void;
  /** A number that no other id of this run has. */
  readonly count: () => number;
}

/** One process: the real core on the real store, until it is killed. */
export class ModelServer {
  readonly name: string;
  readonly chat: Chat;
  readonly store: StoreParts;
  readonly #sim: SimKv;
  readonly #ports: ServerPorts;
  #alive = true;

  private constructor(
    name: string,
    parts: { sim: SimKv; store: StoreParts; chat: Chat; ports: ServerPorts },
  ) {
    this.name = name;
    this.chat = parts.chat;
    this.store = parts.store;
    this.#sim = parts.sim;
    this.#ports = parts.ports;
    this.store.log.listener = this.#listener();
    this.#tickLater();
  }

  /** Starts one as main.ts does; rejects if the store fails. */
  static async start(name: string, ports: ServerPorts): Promise<ModelServer> {
    const { scheduler, now, alone } = ports;
    const sim = new SimKv(ports);
    const { kv } = sim;
    const pace: Pace = {
      elapsed: () => scheduler.nowMs,
      after: (ms, run) => scheduler.after(ms, run),
      random: scheduler.random,
    };
    const timers: Timers = {
      soon: (run) => void scheduler.after(0, run),
      after: (ms, run) => scheduler.after(ms, run),
    };
    const observer = {
      bug: (where: string, error: unknown) => {
        if (error instanceof InjectedError) return;
        ports.complain(`bug in ${where}: ${String(error)}`);
      },
      trouble: (where: string, error: unknown) =>
        ports.note(`${name} has trouble: ${where}: ${String(error)}`),
    };
    const claim = alone
      ? await retryLocked(() => WriterFence.claim(kv, name, () => {}), pace)
      : ROOM_CHECKS;
    const capabilities = alone ? LOCAL : NETWORK;
    const limits = resolveLimits({ ROOMS_PER_SOCKET_MAX: 0 });
    const clock = { now, elapsed: () => scheduler.nowMs };
    const ids = {
      ulid: () => `${name}-${ports.count()}`,
      uuid: () => uuidOf(ports.count()),
    };
    const secrets = new PlainSecrets();
    const shared = { observer, clock, timers, ids, secrets, limits, pace };
    const opened = { kv, capabilities, claim, instance: name };
    const store = assembleStore(opened, { ...shared, historyAgeMaxMs: 0 });
    const seal = new PlainSeal();
    const voucher = new PlainVoucher();
    const chat = new Chat({
      ...shared,
      ...store,
      seal,
      voucher,
      lobby: "general",
    });
    const server = new ModelServer(name, { sim, store, chat, ports });
    await chat.rooms.open();
    return server;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Nothing is told, nothing finished. */
  async kill(): Promise<void> {
    this.#alive = false;
    await this.#sim.die();
  }

  /** What a bell will do: the room may have entries of others. */
  ring(room: RoomId): void {
    if (this.#alive) this.chat.listener.moved(room);
  }

  #listener(): LogListener {
    const { listener } = this.chat;
    return {
      committed: (room, entries) => {
        listener.committed(room, entries);
        this.#ports.wrote(this, room);
      },
      moved: (room) => {
        listener.moved(room);
        this.#ports.wrote(this, room);
      },
      missed: () => listener.missed(),
    };
  }

  #tickLater(): void {
    this.#ports.scheduler.after(TICK_MS, () => {
      if (!this.#alive) return;
      this.chat.tick();
      this.#tickLater();
    });
  }
}

/** A UUID v4 of that number. */
export function uuidOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}
