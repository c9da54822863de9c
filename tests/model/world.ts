import type { Position, RoomId } from "../../src/core/types.ts";
import { Disk } from "./disk.ts";
import { ModelServer, type ServerPorts, uuidOf } from "./model_server.ts";
import { ACCOUNTS, isNativePerson, type Plan, ROOMS } from "./plan.ts";
import { RoomStates } from "./room_states.ts";
import { Scheduler } from "./scheduler.ts";
import { Sends } from "./sends.ts";
import type { Faults } from "./sim_kv.ts";
import { Visitor } from "./visitor.ts";

/** When a run begins, ms since the epoch. */
const START_MS = 1_800_000_000_000;

/** After how long a server that could not start tries again, in ms. */
const RESTART_MS = 100;

/** The longest that a server runs on after another has taken over, in ms. */
const OVERLAP_MS_MAX = 300;

/** The longest that a bell is under way, in ms, and how many get lost. */
const BELL_MS_MAX = 40;
const BELLS_LOST_PERCENT = 20;

/** How often servers look whether they have missed a bell, in ms. */
const POLL_MS = 1_000;

/** How long what is under way at the end may take, in ms. */
const REST_MS_MAX = 60_000;

/** How long nothing may be under way before that counts as rest, in ms. */
const REST_MS = 3_000;

/** From here on the sweeper may delete what keys and members still name. */
const SWEPT_AFTER_MS = 60 * 60 * 1_000;

/** Servers, sessions and the disk of one run. */
export class World {
  readonly scheduler: Scheduler;
  readonly disk: Disk;
  readonly sends: Sends;
  readonly states: RoomStates;
  readonly complaints: string[] = [];
  readonly trace: string[] = [];
  /** One server at a time, which may write without asking. */
  readonly isAlone: boolean;
  readonly #faults: Faults;
  /** The store never fails: whoever writes can ring, and every bell is heard. */
  readonly #isReliable: boolean;
  readonly #ports: ServerPorts;
  /** By slot; the last one of each. */
  readonly #servers: (ModelServer | undefined)[];
  /** By person and tab. */
  readonly #visitors = new Map<string, Visitor>();
  readonly #all: Visitor[] = [];
  /** What the client in each of a person's tabs has heard, by room. */
  readonly #positions = new Map<string, Map<string, Position>>();
  readonly #bells = new Set<string>();
  #count = 0;
  #jumpedMs = 0;

  constructor(plan: Plan, real: Deno.Kv) {
    const { failing, stalling } = plan;
    this.#isReliable = failing + stalling === 0;
    this.#faults = { failing, stalling, spellUntilMs: 0, untilMs: 0 };
    this.#servers = Array(plan.servers).fill(undefined);
    this.isAlone = plan.servers === 1;
    this.scheduler = new Scheduler(plan.seed);
    const complain = (what: string) => this.complain(what);
    this.disk = new Disk(complain);
    this.sends = new Sends(this.disk, complain);
    this.states = new RoomStates(complain);
    this.#ports = {
      real,
      scheduler: this.scheduler,
      alone: this.isAlone,
      faults: this.#faults,
      changed: (change) => this.disk.changed(change),
      now: () => START_MS + this.#jumpedMs + this.scheduler.nowMs,
      complain,
      note: (what) => this.note(what),
      wrote: (by, room) => this.#ringOthers(by, room),
      count: () => ++this.#count,
    };
  }

  /** A promise was broken. */
  complain(what: string): void {
    this.note(`BROKEN: ${what}`);
    this.complaints.push(what);
  }

  /** For whoever reads what happened. */
  note(what: string): void {
    this.trace.push(`${Math.round(this.scheduler.nowMs)} ms ${what}`);
  }

  /** A number that was not there before in this run. */
  count(): number {
    return ++this.#count;
  }

  /** ms since the epoch. */
  get nowMs(): number {
    return this.#ports.now();
  }

  /** Lets time pass. */
  async elapse(ms: number): Promise<void> {
    const endMs = this.scheduler.nowMs + ms;
    await this.scheduler.runUntil(endMs, () => this.complaints.length > 0);
  }

  /** The wall clock jumps; nothing else does. */
  jump(ms: number): void {
    this.#jumpedMs += ms;
    if (ms < SWEPT_AFTER_MS) return;
    this.disk.isSwept = true;
    this.sends.keysMayExpire = true;
  }

  /** Starts a server in each slot, and bells between them. */
  startAll(): void {
    for (const slot of this.#servers.keys()) this.start(slot);
    if (!this.#isReliable) this.#pollLater();
  }

  /** Starts a server, again and again until it runs. */
  start(slot: number): void {
    const name = `s${this.count()}`;
    ModelServer.start(name, this.#ports).then((server) => {
      this.note(`${name} runs`);
      const before = this.#servers[slot];
      this.#servers[slot] = server;
      if (before?.alive) this.#killLater(before);
    }, (error) => {
      this.note(`${name} could not start: ${String(error)}`);
      this.scheduler.after(RESTART_MS, () => this.start(slot));
    });
  }

  /** The server in that slot, or another that runs. */
  server(slot: number): ModelServer | undefined {
    const at = slot % this.#servers.length;
    const server = this.#servers[at];
    if (server?.alive) return server;
    return this.#servers.find((one) => one?.alive);
  }

  /** The slot of a server that runs. */
  slotOf(server: ModelServer): number {
    return this.#servers.indexOf(server);
  }

  /** It is the one that may write: what it says of rooms is so. */
  isCurrent(server: ModelServer): boolean {
    return this.isAlone && this.#servers.includes(server) && server.alive;
  }

  /** Ends a server without warning. */
  kill(server: ModelServer): Promise<void> {
    this.note(`${server.name} is killed`);
    this.states.forget(server);
    // What it wrote last it could not ring for.
    this.scheduler.after(POLL_MS, () => this.#poll());
    return server.kill();
  }

  /** The session of a person, who comes if it is not there. */
  visitor(person: number, tab = 0): Visitor | undefined {
    const tabName = `${person}/${tab}`;
    const here = this.#visitors.get(tabName);
    if (here?.isThere) return here;
    const server = this.server(this.scheduler.below(this.#servers.length));
    if (!server) return undefined;
    const name = `${"ABCDEFGH"[person]}${this.count()}`;
    const positions = this.#positions.get(tabName) ?? new Map();
    this.#positions.set(tabName, positions);
    const isNative = isNativePerson(person);
    const visitor = this.admit(name, server, { isNative, positions });
    this.#visitors.set(tabName, visitor);
    if (person >= ACCOUNTS) return visitor;
    const identity = {
      id: uuidOf(person + 1),
      number: 900 + person,
      name,
      verified: true,
    };
    server.chat.identify(visitor.who, identity);
    return visitor;
  }

  /** The session of a person, if it is there. */
  present(person: number): Visitor | undefined {
    const here = this.#visitors.get(`${person}/0`);
    return here?.isThere ? here : undefined;
  }

  /** Opens a session. */
  admit(
    name: string,
    server: ModelServer,
    client: { isNative: boolean; positions: Map<string, Position> },
  ): Visitor {
    const { scheduler, disk } = this;
    const complain = (what: string) => this.complain(what);
    const ports = { name, server, scheduler, disk, complain, ...client };
    const visitor = new Visitor(ports);
    this.#all.push(visitor);
    this.note(`${name} comes to ${server.name}`);
    return visitor;
  }

  /** For a while nothing goes wrong and nobody asks for anything. */
  async calm(): Promise<void> {
    const { failing, stalling } = this.#faults;
    await this.rest();
    Object.assign(this.#faults, { failing, stalling });
  }

  /** The store works from now on, and all that is under way comes to an end. */
  async rest(): Promise<void> {
    this.note("faults end");
    this.#faults.failing = 0;
    this.#faults.stalling = 0;
    const endMs = this.scheduler.nowMs + REST_MS_MAX;
    while (
      this.#isBusy && this.complaints.length === 0 &&
      this.scheduler.nowMs < endMs
    ) {
      await this.elapse(REST_MS);
    }
    // What nobody waits for: folds, and members that have not heard all yet.
    await this.elapse(REST_MS);
    if (this.complaints.length > 0) return;
    for (const visitor of this.#all) visitor.checkEnd();
  }

  /** All servers end, and one starts on what they have left. */
  async restart(): Promise<ModelServer | undefined> {
    for (const server of this.#servers) if (server) await this.kill(server);
    this.start(0);
    await this.elapse(REST_MS);
    const server = this.server(0);
    if (!server) this.complain("no server could start");
    return server;
  }

  get #isBusy(): boolean {
    return this.scheduler.nowMs < this.#faults.untilMs ||
      this.sends.isWaiting || this.#all.some((one) => one.isWaiting);
  }

  /** It has been replaced, and does not know yet. */
  #killLater(server: ModelServer): void {
    this.states.forget(server);
    const ms = this.scheduler.below(OVERLAP_MS_MAX);
    this.scheduler.alone(ms, () => this.kill(server));
  }

  /** Bells may be late, or lost, or stand for several. */
  #ringOthers(by: ModelServer, room: RoomId): void {
    for (const server of this.#servers) {
      if (!server || server === by) continue;
      const name = JSON.stringify([server.name, room]);
      if (this.#bells.has(name)) continue;
      const isLost = this.scheduler.chance(BELLS_LOST_PERCENT);
      if (isLost && !this.#isReliable) continue;
      this.#bells.add(name);
      this.scheduler.after(this.scheduler.below(BELL_MS_MAX), () => {
        this.#bells.delete(name);
        server.ring(room);
      });
    }
  }

  #poll(): void {
    if (this.isAlone) return;
    for (const server of this.#servers) {
      for (const room of ROOMS) server?.ring(room as RoomId);
    }
  }

  #pollLater(): void {
    this.scheduler.after(POLL_MS, () => {
      this.#poll();
      this.#pollLater();
    });
  }
}
