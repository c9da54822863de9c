/**
 * Line icons, drawn on a square of 24. They are decoration: what one stands on
 * has a name of its own.
 *
 * @module
 */

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  back: "M15 5l-7 7 7 7",
  bolt: "M13 3L5 14h6l-1 7 8-11h-6z",
  check: "M5 12.5l4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6L6 18",
  edit: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  inspect: "M8 6l-5 6 5 6M16 6l5 6-5 6M13.5 5l-3 14",
  leave: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  menu: "M4 7h16M4 12h16M4 17h16",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.6c2 .8 3.5 2.7 3.5 5.4",
  plus: "M12 5v14M5 12h14",
  reply: "M10 6l-6 6 6 6M4.5 12H14c3.5 0 6 2.4 6 6",
  send: "M4 4l17 8-17 8 3-8zM7 12h14",
  smile:
    "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14.5c.8 1.2 2 1.9 3.5 1.9s2.7-.7 3.5-1.9M9 9.6v.1M15 9.6v.1",
  trash: "M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5.5M14 11v5.5",
  wide: "M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5",
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Draws the icons that the page's HTML names by `data-icon`. */
export function drawIcons() {
  for (const holder of document.querySelectorAll("[data-icon]")) {
    holder.prepend(icon(holder.dataset.icon));
  }
}
