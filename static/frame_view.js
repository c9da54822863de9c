/**
 * One frame as it was on the wire, and what it means.
 *
 * @module
 */
import { element } from "./element.js";
import { layersOf } from "./socket_io_layers.js";

const SHORT_CHARACTERS_MAX = 400;
/** What is nested deeper is not laid out: indented it would be endless. */
const DEPTH_MAX = 100;
const WORDS = { in: "from the server", out: "to the server" };
const ARROWS = { in: "↓", out: "↑" };

const encoder = new TextEncoder();
const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hour12: false,
});

/**
 * A line that opens.
 *
 * @param {{ direction: "in" | "out" | "note", text: string, at: number,
 *   isAutomatic?: boolean, isBeat?: boolean }} frame
 * @param {{ dialect: string }} options
 */
export function frameLine(frame, { dialect }) {
  const { direction, text, at, isAutomatic, isBeat } = frame;
  if (direction === "note") {
    return element("li", { class: "frame-note" }, [
      element("time", {}, [clock.format(at)]),
      text,
    ]);
  }
  const heading = element("summary", {}, [
    element("span", { class: "arrow", "aria-hidden": "true" }, [
      ARROWS[direction],
    ]),
    element("span", { class: "unseen" }, [WORDS[direction]]),
    element("time", {}, [clock.format(at)]),
    element("span", { class: "size" }, [sizeOf(text)]),
    ...isAutomatic ? [element("span", { class: "auto" }, ["by itself"])] : [],
    element("code", { class: "short", dir: "ltr" }, [short(text)]),
  ]);
  const details = element("details", { class: `frame ${direction}` }, [
    heading,
  ]);
  // Most are never opened.
  details.addEventListener("toggle", () => {
    if (details.childElementCount === 1) {
      details.append(...frameParts(text, { dialect }));
    }
    if (details.open) details.scrollIntoView({ block: "nearest" });
  });
  const beat = isBeat ? " beat" : "";
  return element("li", { class: `frame-item${beat}` }, [details]);
}

/**
 * A frame in full: its layers, what it carries, and as it is.
 *
 * @param {string} text
 * @param {{ dialect: string }} options
 */
export function frameParts(text, { dialect }) {
  const found = dialect === "nest-chat" ? layersOf(text) : { layers: [] };
  const carried = dialect === "nest-chat" ? found.payload : parsed(text);
  const payload = isDeep(text) ? undefined : carried;
  const layers = found.layers.length === 0 ? [] : [
    element(
      "dl",
      { class: "layers" },
      found.layers.flatMap(({ part, layer, means }) => [
        element("dt", {}, [element("code", {}, [part])]),
        element("dd", {}, [
          element("span", { class: "layer" }, [layer]),
          ` ${means}`,
        ]),
      ]),
    ),
  ];
  const isPlain = payload === undefined;
  const pretty = isPlain ? [] : [
    element("pre", { class: "pretty", tabindex: "0", dir: "ltr" }, [
      JSON.stringify(payload, null, 2),
    ]),
  ];
  const raw = element("details", { class: "raw" }, [
    element("summary", {}, ["as it is on the wire"]),
    element("pre", { tabindex: "0", dir: "ltr" }, [text]),
  ]);
  if (isPlain) raw.open = true;
  return [...layers, ...pretty, raw];
}

/** @param {string} text */
export function sizeOf(text) {
  return `${encoder.encode(text).length.toLocaleString()} B`;
}

/** Counts brackets within texts too: then it is shown as it is. */
function isDeep(text) {
  let depth = 0;
  for (const mark of text) {
    if (mark === "[" || mark === "{") depth += 1;
    else if (mark === "]" || mark === "}") depth -= 1;
    if (depth > DEPTH_MAX) return true;
  }
  return false;
}

function short(text) {
  return text.length > SHORT_CHARACTERS_MAX
    ? `${text.slice(0, SHORT_CHARACTERS_MAX).toWellFormed()}…`
    : text;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
