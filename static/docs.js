/**
 * Shows API documents: those that the page links to as `service-desc`.
 *
 * A document of any kind becomes one model (see docs_openapi.js), which is all
 * that is drawn here. Texts of documents are texts: nothing in them is HTML.
 */
import { readAsyncApi } from "./docs_asyncapi.js";
import { readOpenApi } from "./docs_openapi.js";
import { prose } from "./docs_prose.js";
import { element } from "./element.js";
import { schemaSection, typeOf } from "./docs_schema.js";

/** What reads a document, by the field that names its kind. */
const READERS = { openapi: readOpenApi, asyncapi: readAsyncApi };

const main = document.getElementById("main");
const side = document.getElementById("side");
const notice = document.getElementById("notice");

start().catch((error) => {
  notice.textContent = `Cannot show the documents: ${error.message}`;
  notice.hidden = false;
});

async function start() {
  const links = document.querySelectorAll('link[rel="service-desc"]');
  const models = await Promise.all(Array.from(links, ({ href }) => read(href)));
  main.append(...models.map(drawDocument));
  side.append(...models.map(drawContents));
  notice.hidden = true;
  // What the address names was not there when the browser looked for it.
  const target = document.getElementById(
    decodeURIComponent(location.hash.slice(1)),
  );
  target?.scrollIntoView();
  followReader();
}

async function read(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} is answered ${response.status}`);
  const found = await response.json();
  const kind = Object.keys(READERS).find((name) => name in found);
  if (kind === undefined) throw new Error(`${url} is of no known kind`);
  return READERS[kind](found, url);
}

function drawDocument(model) {
  const label = `${model.title}: ${model.kind}`;
  return element("section", { class: "document", "aria-label": label }, [
    element("header", { class: "intro" }, [
      element("h1", {}, [
        model.title,
        element("span", { class: "version" }, [model.version]),
      ]),
      ...model.summary
        ? [element("p", { class: "lead" }, [model.summary])]
        : [],
      ...prose(model.description),
      element("p", { class: "source" }, [
        `${model.kind}: `,
        element("a", { href: model.url }, [model.url]),
      ]),
    ]),
    ...model.groups.map(drawGroup),
    element("section", { class: "group" }, [
      element("h2", { id: `${model.prefix}schemas` }, ["Schemas"]),
      ...model.schemas.map((schema) => schemaSection(schema)),
    ]),
  ]);
}

function drawGroup({ id, name, description, items }) {
  return element("section", { class: "group" }, [
    element("h2", { id }, [name]),
    ...prose(description),
    ...items.map(drawItem),
  ]);
}

/** One operation: what it is on one side, how it looks on the wire on the other. */
function drawItem(item) {
  return element("article", { class: "item", id: item.id }, [
    element("header", {}, [
      element("h3", {}, [
        badge(item.badge),
        element("code", { class: "path" }, [item.path]),
      ]),
      element("p", { class: "summary" }, [
        item.summary,
        ...item.marks.map((mark) => element("span", { class: "mark" }, [mark])),
      ]),
    ]),
    element("div", { class: "words" }, [
      ...prose(item.description),
      ...item.parts.map(drawPart),
    ]),
    element("div", { class: "samples" }, item.samples.map(drawSample)),
  ]);
}

function badge(text) {
  return element("span", { class: `badge ${text.toLowerCase()}` }, [text]);
}

function drawPart({ title, rows }) {
  return element("section", { class: "part" }, [
    element("h4", {}, [title]),
    element("dl", {}, rows.flatMap(drawRow)),
  ]);
}

/** A parameter, a field or an answer: its name, what it is, and in words. */
function drawRow({ name, tone, required, schema, description }) {
  return [
    element("dt", {}, [
      element("code", tone ? { class: `status ${tone}` } : {}, [name]),
      ...schema ? [element("span", { class: "type" }, typeOf(schema))] : [],
      ...required ? [element("span", { class: "required" }, ["required"])] : [],
    ]),
    element("dd", {}, prose(description)),
  ];
}

function drawSample({ title, status, tone, text, isOpen }) {
  const code = element("pre", { tabindex: "0" }, [element("code", {}, [text])]);
  const heading = element("summary", {}, [
    ...status ? [element("span", { class: `status ${tone}` }, [status])] : [],
    element("span", { class: "title" }, [title]),
  ]);
  const attributes = { class: "sample", ...isOpen && { open: "" } };
  return element("details", attributes, [heading, copyButton(text), code]);
}

function copyButton(text) {
  const button = element("button", { type: "button", class: "copy" }, ["Copy"]);
  // A page that did not come over https or from this machine may not.
  button.hidden = navigator.clipboard === undefined;
  button.addEventListener("click", () => {
    navigator.clipboard.writeText(text).then(
      () => button.textContent = "Copied",
      () => button.textContent = "Not copied",
    );
  });
  return button;
}

function drawContents(model) {
  const groups = model.groups.map(({ id, name, items }) =>
    contentsOf(
      { id, name },
      items.map((item) => ({
        id: item.id,
        parts: [badge(item.badge), element("span", {}, [item.summary])],
      })),
    )
  );
  const schemas = model.schemas.map(({ id, name }) => ({ id, parts: [name] }));
  const heading = { id: `${model.prefix}schemas`, name: "Schemas" };
  return element("div", { class: "contents" }, [
    element("p", { class: "title" }, [model.kind]),
    ...groups,
    contentsOf(heading, schemas),
  ]);
}

function contentsOf({ id, name }, entries) {
  return element("section", {}, [
    element("h2", {}, [element("a", { href: `#${id}` }, [name])]),
    element(
      "ul",
      {},
      entries.map((entry) =>
        element("li", {}, [
          element("a", { href: `#${entry.id}` }, entry.parts),
        ])
      ),
    ),
  ]);
}

/** Marks in the contents what is being read. */
function followReader() {
  const links = new Map(
    Array.from(
      side.querySelectorAll("li a"),
      (link) => [link.hash.slice(1), link],
    ),
  );
  const inView = new Set();
  const observer = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      if (isIntersecting) inView.add(target.id);
      else inView.delete(target.id);
    }
    const first = Array.from(links.keys()).find((id) => inView.has(id));
    for (const [id, link] of links) {
      if (id === first) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }, { rootMargin: "-20% 0px -60% 0px" });
  for (const id of links.keys()) observer.observe(document.getElementById(id));
}
