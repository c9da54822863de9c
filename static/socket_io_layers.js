/**
 * Socket.IO's packets, layer by layer: Engine.IO outside, Socket.IO inside, in it
 * an event and what it carries.
 *
 * Source: socket.io's documents "Engine.IO protocol" 4 and "Socket.IO protocol" 5.
 *
 * @module
 */

const ENGINE = {
  0: "open: the session and its times",
  1: "close",
  2: "ping: are you there?",
  3: "pong: I am here",
  4: "message: what it carries is Socket.IO's",
  5: "upgrade",
  6: "noop",
};
const SOCKET = {
  0: "connect to a namespace",
  1: "disconnect from the namespace",
  2: "event",
  3: "acknowledgement",
  4: "connect error",
  5: "binary event",
  6: "binary acknowledgement",
};

/**
 * @typedef {object} Layers
 * @property {{ part: string, layer: string, means: string }[]} layers
 * @property {string} [event]
 * @property {unknown} [payload] Of an event, or what an outer packet carries.
 */

/**
 * @param {string} text A packet.
 * @returns {Layers} No layers: it is none.
 */
export function layersOf(text) {
  const [, engine, rest = ""] = /^([0-6])(.*)$/s.exec(text) ?? [];
  if (engine === undefined) return { layers: [] };
  const outer = { part: engine, layer: "Engine.IO", means: ENGINE[engine] };
  if (engine !== "4") {
    const payload = parsed(rest);
    return { layers: [outer], ...payload !== undefined && { payload } };
  }
  const [, kind, namespace, id, body = ""] =
    /^([0-6])(\/[^,]*,)?(\d+)?(.*)$/s.exec(rest) ?? [];
  if (kind === undefined) return { layers: [outer] };
  const layers = [outer, {
    part: kind,
    layer: "Socket.IO",
    means: SOCKET[kind],
  }];
  if (namespace !== undefined) {
    layers.push({ part: namespace, layer: "Socket.IO", means: "namespace" });
  }
  if (id !== undefined) {
    const means = kind === "2"
      ? "an acknowledgement is asked for, by this number"
      : "the number that was asked with";
    layers.push({ part: id, layer: "Socket.IO", means });
  }
  const payload = parsed(body);
  if (kind !== "2" || !Array.isArray(payload)) {
    return { layers, ...payload !== undefined && { payload } };
  }
  const [event, ...args] = payload;
  layers.push({
    part: JSON.stringify(event),
    layer: "nest-chat",
    means: "the event's name; behind it, what it carries",
  });
  return { layers, event, payload: args.length === 1 ? args[0] : args };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
