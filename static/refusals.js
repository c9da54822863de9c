/**
 * What the server did not take, to be sent again or discarded; of all rooms,
 * because nobody looks for it in a room where they are not.
 *
 * @module
 */
import { element } from "./element.js";
import { nameOf, personOf } from "./person.js";

const ACTS = {
  send: "Not sent",
  edit: "Not edited",
  delete: "Not deleted",
  react: "No reaction",
};

/** So many are on the page; the next ones follow when these are gone. */
const SHOWN_MAX = 20;

const place = document.getElementById("refusals");
let drawn = [];

/**
 * @param {{ visit: import("./visit.js").Visit,
 *   refusal: import("./visit.js").Refusal }[]} refusals
 * @param {import("./visit.js").Visit} here
 * @param {() => void} leave The last one is gone, and the keyboard was there.
 */
export function showRefusals(refusals, here, leave) {
  const wanted = refusals.slice(0, SHOWN_MAX);
  const isSame = wanted.length === drawn.length &&
    wanted.every(({ visit, refusal }, i) =>
      refusal === drawn[i].refusal && (visit === here) === drawn[i].isHere
    );
  if (isSame) return;
  drawn = wanted.map(({ visit, refusal }) => ({
    refusal,
    isHere: visit === here,
  }));
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren(
    ...wanted.map(({ visit, refusal }) => lineOf(visit, refusal, here)),
  );
  if (!hadFocus) return;
  const next = place.querySelector("button");
  if (next) next.focus();
  else leave();
}

function lineOf(visit, refusal, here) {
  const { kind, text, error, again } = refusal;
  const where = visit === here ? [] : [" in ", nameOfPlace(visit)];
  const canRepeat = again !== undefined || kind === "send";
  const words = text === undefined
    ? []
    : [element("span", { class: "words", dir: "auto" }, [text])];
  return element("li", {}, [
    element("div", { class: "what" }, [
      element("span", { class: "why" }, [
        ACTS[kind],
        ...where,
        `. ${error.message}`,
      ]),
      ...words,
    ]),
    ...canRepeat ? [button("Try again", () => visit.again(refusal))] : [],
    button("Discard", () => visit.discard(refusal)),
  ]);
}

function nameOfPlace({ place, room }) {
  const name = place.direct === undefined
    ? room.title ?? place.room
    : nameOf(personOf(place.direct));
  return element("bdi", {}, [name]);
}

function button(name, act) {
  const made = element("button", { type: "button", class: "plain" }, [name]);
  made.addEventListener("click", act);
  return made;
}
