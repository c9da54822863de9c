/**
 * The page's address: `#room=<id>` or `#direct=<user's id>` says what is shown,
 * so that a room can be linked to; `&inspect` opens the inspector.
 *
 * @module
 */

/**
 * @typedef {{ room: string } | { direct: string }} Place
 */

/** @returns {Place | undefined} Undefined: the lobby. */
export function placeOfAddress() {
  const [, kind, encoded = ""] =
    /^#(room|direct)=([^&]*)/.exec(location.hash) ?? [];
  const id = decoded(encoded).trim();
  return kind === undefined || id === "" ? undefined : { [kind]: id };
}

/** The server's lobby, as it wrote it into the page. */
export function lobbyOfPage() {
  return document.querySelector("meta[name=lobby]").content;
}

/** Whether the address asks for the inspector. */
export function asksToInspect() {
  return /[#&]inspect$/.test(location.hash);
}

/** @param {Place} place */
export function addressOf(place) {
  const [[kind, id]] = Object.entries(place);
  return `#${kind}=${encodeURIComponent(id.toWellFormed())}`;
}

/** @param {Place} place */
export function isSamePlace(one, other) {
  return one?.room === other?.room && one?.direct === other?.direct;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Typed by hand, with a bare percent sign.
  }
}
