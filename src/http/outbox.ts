import type { Frame, Timers } from "../core/ports.ts";

/**
 * Bytes that the runtime is handed of one socket at a time. What it holds of a
 * peer that has stopped reading can be neither limited nor freed.
 */
const HAND_OVER_BYTES = 65_536;

/** How often a backlog that moves is looked at without a pause. */
const TURNS_MAX = 4;

/** The pause between looks at a backlog that does not move, in ms. */
const LOOK_PAUSE_MS = 20;

/** The part of a WebSocket that an outbox writes to. */
export interface Pipe {
  send(text: string): void;
  /** Bytes that were sent and have not left yet. */
  readonly bufferedAmount: number;
}

/** Looks again at sockets with a backlog: there is no event for "drained". */
export class BacklogPump {
  readonly #timers: Timers;
  readonly #outboxes = new Set<Outbox>();
  #scheduled = false;
  #turns = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Looks at this one until it is empty. */
  add(outbox: Outbox): void {
    this.#outboxes.add(outbox);
    this.#turns = 0;
    this.#schedule();
  }

  /** Forgets one. */
  remove(outbox: Outbox): void {
    this.#outboxes.delete(outbox);
  }

  #schedule(): void {
    if (this.#scheduled || this.#outboxes.size === 0) return;
    this.#scheduled = true;
    const look = () => this.#look();
    // A plain pause would cost 20 ms for every 64 KiB of a quick reader.
    if (this.#turns++ < TURNS_MAX) this.#timers.soon(look);
    else this.#timers.after(LOOK_PAUSE_MS, look);
  }

  #look(): void {
    this.#scheduled = false;
    for (const outbox of this.#outboxes) {
      if (outbox.flush()) this.#turns = 0;
      if (outbox.empty) this.#outboxes.delete(outbox);
    }
    this.#schedule();
  }
}

/**
 * What waits to be sent on one socket, bounded in bytes.
 *
 * Frames leave in order. Past the limit `overflow` is called, once, and
 * everything that waits is dropped.
 */
export class Outbox {
  readonly #pipe: Pipe;
  readonly #pump: BacklogPump;
  readonly #bytesMax: number;
  readonly #overflow: () => void;
  #waiting: Frame[] = [];
  #first = 0;
  #bytes = 0;
  /** Bytes that the runtime may be handed before it is asked what it holds. */
  #credit = 0;
  #closed = false;
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(
    pipe: Pipe,
    pump: BacklogPump,
    options: { bytesMax: number; overflow: () => void },
  ) {
    this.#pipe = pipe;
    this.#pump = pump;
    this.#bytesMax = options.bytesMax;
    this.#overflow = options.overflow;
  }

  /** Nothing waits here; the runtime may still hold some. */
  get empty(): boolean {
    return this.#first === this.#waiting.length;
  }

  /** Bytes that wait here. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  /** Sends one frame, or lets it wait. */
  send(frame: Frame): void {
    if (this.#closed) return;
    if (this.empty) {
      if (this.#mayHandOver(frame.bytes)) return this.#pipe.send(frame.text);
      this.#pump.add(this);
    }
    this.#waiting.push(frame);
    this.#bytes += frame.bytes;
    if (this.#bytes <= this.#bytesMax) return;
    this.close();
    this.#overflow();
  }

  /** Hands over what may be; whether there was any. */
  flush(): boolean {
    const before = this.#first;
    while (!this.#closed) {
      const frame = this.#waiting[this.#first];
      if (!frame || !this.#mayHandOver(frame.bytes)) break;
      this.#first++;
      this.#bytes -= frame.bytes;
      this.#pipe.send(frame.text);
    }
    const moved = this.#first > before;
    if (this.empty) this.#emptied();
    return moved;
  }

  /** Resolves when nothing waits, or it is closed. */
  drained(): Promise<void> {
    if (this.empty) return Promise.resolve();
    this.#drained ??= Promise.withResolvers<void>();
    return this.#drained.promise;
  }

  /** Drops what waits and takes no more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pump.remove(this);
    this.#emptied();
  }

  #emptied(): void {
    this.#waiting = [];
    this.#first = 0;
    this.#bytes = 0;
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  #mayHandOver(bytes: number): boolean {
    if (this.#credit < bytes) {
      const held = this.#pipe.bufferedAmount;
      this.#credit = HAND_OVER_BYTES - held;
      // A frame larger than that goes out alone.
      if (this.#credit < bytes && held > 0) return false;
    }
    this.#credit -= bytes;
    return true;
  }
}
