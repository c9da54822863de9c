import { element } from "./element.js";

/** A text of a document as paragraphs; what is between `backticks` is code. */
export function prose(text = "") {
  return text.split(/\n{2,}/).filter((paragraph) => paragraph !== "")
    .map((paragraph) => element("p", {}, inline(paragraph)));
}

function inline(text) {
  return text.split("`").map((piece, i) =>
    i % 2 === 0 ? piece : element("code", {}, [piece])
  );
}
