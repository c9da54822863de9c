import { ChatError } from "../../src/core/errors.ts";
import type { Author, RoomId } from "../../src/core/types.ts";
import { checkHistory, checkReads } from "./looks.ts";
import type { ModelServer } from "./model_server.ts";
import { uuidOf } from "./model_server.ts";
import { ACCOUNTS, FLEETING, PEOPLE, ROOMS, type Step } from "./plan.ts";
import { Speech } from "./speech.ts";
import type { Visitor } from "./visitor.ts";
import type { World } from "./world.ts";

const HOUR_MS = 60 * 60 * 1_000;

/** How long a few commits take, mostly, in ms. */
const COMMITS_MS = 40;

/** So many long messages that a room's do not fit into one chunk. */
const FOLD_SAYS = 12;

/** How often somebody talks at a server that is being replaced, and when, in ms. */
const REPLACED_SAYS = 5;
const REPLACED_MS = 7;

const CLOSER: Author = {
  id: uuidOf(999_999),
  number: 999_999,
  name: "Closer",
  verified: false,
};

/** Makes the steps of a plan happen; none of them is waited for. */
export class Player {
  readonly #world: World;
  readonly #speech: Speech;

  constructor(world: World) {
    this.#world = world;
    this.#speech = new Speech(world);
  }

  /** Begins one. */
  async play(step: Step): Promise<void> {
    const { gapMs: _, seed, ...what } = step;
    this.#world.note(JSON.stringify(what));
    this.#world.scheduler.reseed(seed);
    switch (step.kind) {
      case "crash":
        return await this.#crash(step);
      case "empty":
        return await this.#empty(step);
      case "wait":
        return await this.#world.elapse(step.ms);
      case "calm":
        return await this.#world.calm();
      case "jump":
        // Nobody sweeps what a living server has not passed.
        if (step.hours > 1) await this.#world.calm();
        return this.#world.jump(step.hours * HOUR_MS);
      case "replace":
        return this.#replace(step);
      case "crashInFold":
        return await this.#crashInFold(step);
      case "close":
      case "open":
      case "recycle":
      case "remove":
      case "look":
      case "sweep":
        return this.#onServer(step);
      case "vanish":
        return this.#world.present(step.person)?.vanish();
      case "stall":
        return this.#world.present(step.person)?.stall(step.ms);
      default:
        return this.#ofVisitor(step);
    }
  }

  #ofVisitor(step: Step): void {
    if (!("person" in step)) return;
    const visitor = this.#world.visitor(step.person);
    if (!visitor) return;
    switch (step.kind) {
      case "join":
        return this.#join(visitor, step);
      case "resume":
        return this.#join(visitor, { ...step, replay: -1, resumes: true });
      case "send":
        return this.#speech.say(visitor, step.room);
      case "sendKeyed":
        return this.#sayKeyed(visitor, step);
      case "edit":
      case "delete":
      case "react":
        return this.#speech.revise(visitor, step);
      case "rethink":
        return this.#speech.rethink(visitor, step.room);
      case "meet":
        return this.#meet(visitor, step);
      case "flood":
        for (let i = 0; i < step.count; i++) {
          this.#speech.say(visitor, step.room);
        }
        return;
      case "everywhere":
        for (let i = 0; i < step.count; i++) this.#sayEverywhere(visitor);
        return;
      case "leave":
        return visitor.do(() => Promise.resolve(visitor.leave(step.room)));
      case "rewrite":
        return visitor.do(() => Promise.resolve(visitor.rewrite()));
      case "vanish":
      case "empty":
        return;
    }
  }

  #join(
    visitor: Visitor,
    { room, replay, resumes = false }: {
      room: string;
      replay: number;
      resumes?: boolean;
    },
  ): void {
    const { states } = this.#world;
    const newest = replay < 0 ? Infinity : replay;
    // Others do not hear of its being removed.
    const isFleeting = room === FLEETING && this.#world.isAlone;
    visitor.do(async () => {
      const look = states.look(room);
      const outcome = await visitor.join(room, { newest, isFleeting, resumes });
      if (!visitor.isThere) return;
      const code = outcome === "refused" ? visitor.refusal : "";
      this.#world.note(`${visitor.name} ${room}: ${outcome} ${code}`);
      if (!this.#world.isCurrent(visitor.server)) return;
      if (outcome === "member") states.told(look, "open");
      if (code === "room_closed") states.told(look, "closed");
    });
  }

  #onServer(step: Extract<Step, { server: number }>): void {
    const server = this.#world.server(step.server);
    if (!server) return;
    const { sweeper } = server.store;
    switch (step.kind) {
      case "close":
        return this.#background(server, () => this.#close(server, step.room));
      case "open":
        return this.#background(server, () => this.#open(server, step.room));
      case "recycle":
        return this.#background(server, async () => {
          await this.#close(server, step.room);
          await this.#open(server, step.room);
          await this.#remove(server, step.room);
        });
      case "remove":
        return this.#background(
          server,
          () => this.#remove(server, step.room),
        );
      case "sweep":
        return this.#background(server, () => sweeper.run());
      case "look":
        return this.#background(server, async () => {
          await checkHistory(this.#world, server, step);
          await checkReads(this.#world, server, step);
        });
      case "crash":
        return;
    }
  }

  async #close(server: ModelServer, room: string): Promise<void> {
    const { states } = this.#world;
    const begun = states.begin(room, server);
    let closed: boolean | undefined;
    try {
      closed = await server.chat.rooms.close(room as RoomId, CLOSER);
    } finally {
      const isSure = closed && this.#world.isCurrent(server);
      const permanent = room === "general" || room === "Room 1";
      states.end(begun, permanent ? "open" : isSure ? "closed" : "unsure");
    }
  }

  async #open(server: ModelServer, room: string): Promise<void> {
    const { states, disk } = this.#world;
    const begun = states.begin(room, server);
    disk.allowOpening(room);
    let isOpen = false;
    try {
      const maker = { via: "each", name: "Opener" };
      await server.chat.rooms.createExactly(room as RoomId, maker);
      isOpen = this.#world.isCurrent(server);
    } finally {
      states.end(begun, isOpen ? "open" : "unsure");
    }
  }

  /** Where servers share a KV, the others do not hear of it. */
  async #remove(server: ModelServer, room: string): Promise<void> {
    if (!this.#world.isAlone) return;
    for (const via of ["each", "native"]) {
      await server.chat.rooms.removeIfUnused(room as RoomId, via);
    }
  }

  /** The same key in two tabs, which may be at different servers. */
  #sayKeyed(
    visitor: Visitor,
    step: Extract<Step, { kind: "sendKeyed" }>,
  ): void {
    const other = step.inTwoTabs && step.person < ACCOUNTS
      ? this.#world.visitor(step.person, 1)
      : undefined;
    if (other) this.#speech.say(other, step.room);
    this.#speech.sayKeyed(visitor, step);
    if (other) this.#speech.sayKeyed(other, step);
  }

  /** Somebody joins while others talk. */
  #meet(
    visitor: Visitor,
    { person, room, count }: { person: number; room: string; count: number },
  ): void {
    const other = this.#world.visitor((person + 1) % PEOPLE);
    if (!other) return;
    this.#speech.talk(other, room, count);
    visitor.do(() => Promise.resolve(visitor.leave(room)));
    this.#join(visitor, { room, replay: count % 2 === 0 ? 1 : -1 });
  }

  /** Messages before, with and behind the lobby's being emptied. */
  async #empty(
    { person, isCalm }: { person: number; isCalm: boolean },
  ): Promise<void> {
    const visitor = this.#world.visitor(person);
    if (!visitor) return;
    const { server } = visitor;
    const [room] = ROOMS;
    this.#join(visitor, { room, replay: 0 });
    this.#speech.say(visitor, room);
    visitor.do(() => {
      this.#background(server, () => this.#close(server, room));
      return Promise.resolve();
    });
    this.#speech.say(visitor, room);
    if (!isCalm) return;
    await this.#world.elapse(COMMITS_MS);
    await this.#world.calm();
  }

  async #crash(
    { server: slot, downMs }: { server: number; downMs: number },
  ): Promise<void> {
    const server = this.#world.server(slot);
    if (!server) return;
    const at = this.#world.slotOf(server);
    await this.#world.kill(server);
    this.#world.scheduler.after(downMs, () => this.#world.start(at));
  }

  /** Another process takes the store over while the first still runs. */
  #replace({ person }: { person: number }): void {
    const { isAlone, scheduler } = this.#world;
    if (!isAlone) return;
    const visitor = this.#world.visitor(person);
    this.#world.start(0);
    for (let i = 0; i < REPLACED_SAYS && visitor; i++) {
      scheduler.after(i * REPLACED_MS, () => this.#sayEverywhere(visitor));
    }
  }

  /** What was said in many rooms is brought into their logs, not to the end. */
  async #crashInFold(
    step: { person: number; server: number; ms: number; downMs: number },
  ): Promise<void> {
    const visitor = this.#world.visitor(step.person);
    if (!visitor) return;
    const { server } = visitor;
    for (let i = 0; i < FOLD_SAYS; i++) this.#sayEverywhere(visitor, i % 3 > 0);
    await this.#world.elapse(COMMITS_MS);
    this.#background(server, () => server.store.sweeper.run());
    await this.#world.elapse(step.ms);
    await this.#crash(step);
  }

  #sayEverywhere(visitor: Visitor, isLong = false): void {
    for (const room of ROOMS) this.#speech.say(visitor, room, isLong);
  }

  /** Refusals are expected; anything else is a bug. */
  #background(server: ModelServer, act: () => Promise<unknown>): void {
    act().catch((error) => {
      if (error instanceof ChatError || !server.alive) return;
      this.#world.complain(`${server.name}: ${String(error)}`);
    });
  }
}
