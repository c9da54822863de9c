/**
 * A raw WebSocket that speaks one dialect: comes into the room by itself, and
 * tells every frame.
 *
 * @module
 */

/** @typedef {import("./inspector_dialects.js").Dialect} Dialect */
/** @typedef {import("./inspector_dialects.js").Seat} Seat */

export class InspectorConnection {
  #dialect;
  #seat;
  #host;
  #socket;
  #isIn = false;

  /**
   * @param {Dialect} dialect
   * @param {Seat} seat
   * @param {{ onFrame(frame: object): void, onState?(state: string): void }} host
   * States: `open`, `in`, `closed`.
   */
  constructor(dialect, seat, host) {
    this.#dialect = dialect;
    this.#seat = seat;
    this.#host = host;
    const url = new URL(dialect.path(seat), document.baseURI);
    url.protocol = url.protocol.replace("http", "ws");
    url.hash = "";
    this.#tell("note", `connects to ${url}`);
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#state("open");
      for (const frame of dialect.begin(seat)) this.#sendItself(frame);
    });
    socket.addEventListener("message", ({ data }) => this.#hear(String(data)));
    socket.addEventListener("close", ({ code, reason }) => {
      this.#tell("note", `closed: ${code}${reason ? ` ${reason}` : ""}`);
      this.#state("closed");
    });
  }

  /**
   * @param {string} text A frame as it goes on the wire.
   * @returns Whether it was sent.
   */
  send(text) {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#tell("out", text);
    this.#socket.send(text);
    return true;
  }

  close() {
    this.#socket.close();
  }

  #hear(text) {
    this.#tell("in", text);
    const { answer, isIn } = this.#dialect;
    for (const frame of answer(text, this.#seat)) this.#sendItself(frame);
    if (this.#isIn || !isIn(text, this.#seat)) return;
    this.#isIn = true;
    this.#state("in");
  }

  #sendItself(text) {
    this.#tell("out", text, { isAutomatic: true });
    this.#socket.send(text);
  }

  #tell(direction, text, { isAutomatic = false } = {}) {
    const isBeat = direction !== "note" && this.#dialect.isBeat(text);
    const at = Date.now();
    this.#host.onFrame({ direction, text, at, isAutomatic, isBeat });
  }

  #state(state) {
    this.#host.onState?.(state);
  }
}
