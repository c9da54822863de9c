/**
 * What the server did not take, to be sent again or discarded.
 *
 * @module
 */
import { element } from "./element.js";

const ACTS = {
  send: "Not sent",
  edit: "Not edited",
  delete: "Not deleted",
  react: "No reaction",
};

const place = document.getElementById("refusals");
let shown;

/** @param {import("./visit.js").Visit} visit */
export function showRefusals(visit) {
  const { refusals } = visit;
  if (shown === refusals) return;
  shown = refusals;
  place.replaceChildren(...refusals.map((refusal) => lineOf(visit, refusal)));
}

function lineOf(visit, refusal) {
  const { kind, text, error, again } = refusal;
  const canRepeat = again !== undefined || kind === "send";
  const words = text === undefined
    ? []
    : [element("span", { class: "words", dir: "auto" }, [text])];
  return element("li", {}, [
    element("div", { class: "what" }, [
      element("span", { class: "why" }, [`${ACTS[kind]}. ${error.message}`]),
      ...words,
    ]),
    ...canRepeat ? [button("Try again", () => visit.again(refusal))] : [],
    button("Discard", () => visit.discard(refusal)),
  ]);
}

function button(name, act) {
  const made = element("button", { type: "button", class: "plain" }, [name]);
  made.addEventListener("click", act);
  return made;
}
