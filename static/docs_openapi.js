/**
 * Reads an OpenAPI 3.1 document into the model that docs.js draws:
 *
 * `{ kind, url, prefix, title, version, summary, description, groups, schemas }`,
 * a group `{ id, name, description, items }`, an item `{ id, badge, path,
 * summary, marks, description, parts, samples }`; a part is a table of rows, a
 * sample a text as it is on the wire. Ids are unique over all documents.
 */
import { schemaId } from "./docs_schema.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const PREFIX = "openapi-";

export function readOpenApi(found, url) {
  const { info, paths = {}, components = {}, tags = [] } = found;
  const base = new URL(found.servers?.[0]?.url ?? "/", url).href;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => method in methods)
      .map((method) => ({ path, method, base, ...methods[method] }))
  );
  const groups = tags.map(({ name, description }) => ({
    id: PREFIX + name,
    name,
    description,
    items: operations.filter((one) => one.tags?.includes(name)).map(toItem),
  }));
  const { title, version, summary, description } = info;
  const kind = `OpenAPI ${found.openapi}`;
  const schemas = Object.entries(components.schemas ?? {})
    .map(([name, schema]) => ({ id: schemaId(name), name, schema }));
  const head = { title, version, summary, description };
  return { kind, url, prefix: PREFIX, ...head, groups, schemas };
}

function toItem(operation) {
  const { operationId, method, path, summary, description } = operation;
  return {
    id: PREFIX + operationId,
    badge: method.toUpperCase(),
    path,
    summary,
    marks: operation.security ? [markOf(operation)] : [],
    description,
    parts: [
      ...parametersOf(operation),
      ...bodyOf(operation),
      answersOf(operation),
    ],
    samples: [
      { title: "curl", text: curlOf(operation), isOpen: true },
      ...answerSamples(operation),
    ],
  };
}

/** Whether a request may go without a token: one way to be secure is none. */
function isOpen({ security = [{}] }) {
  return security.some((one) => Object.keys(one).length === 0);
}

function markOf(operation) {
  return isOpen(operation) ? "takes a token" : "needs the token";
}

function parametersOf({ parameters = [] }) {
  if (parameters.length === 0) return [];
  const rows = parameters.map((
    { name, required, schema, description, in: place },
  ) => ({
    name: { path: `{${name}}`, query: `?${name}`, header: name }[place],
    required,
    schema,
    description,
  }));
  return [{ title: "Parameters", rows }];
}

function bodyOf({ requestBody }) {
  if (!requestBody) return [];
  const rows = Object.entries(requestBody.content)
    .map(([name, { schema }]) => ({ name, schema }));
  return [{ title: "Body", rows }];
}

function answersOf({ responses }) {
  const rows = Object.entries(responses).map(([status, answer]) => ({
    name: status,
    tone: toneOf(status),
    schema: contentOf(answer)?.schema,
    description: answer.description,
  }));
  return { title: "Answers", rows };
}

function answerSamples({ responses }) {
  return Object.entries(responses).flatMap(([status, answer]) =>
    Object.values(contentOf(answer)?.examples ?? {}).map((
      { summary, description, value },
    ) => ({
      title: description ? `${summary}: ${description}` : summary,
      status,
      tone: toneOf(status),
      text: JSON.stringify(value, null, 2),
      isOpen: status.startsWith("2"),
    }))
  );
}

/** The first representation; ours have one. */
function contentOf({ content }) {
  return Object.values(content ?? {})[0];
}

function toneOf(status) {
  return status.startsWith("2") ? "good" : "bad";
}

/** A line that one may paste into a shell. */
function curlOf(operation) {
  const { method, path, base, parameters = [], requestBody } = operation;
  const goesOn = "text/event-stream" in
    (operation.responses[200]?.content ?? {});
  let filled = path;
  for (const { name, in: place, example = name } of parameters) {
    if (place !== "path") continue;
    filled = filled.replace(`{${name}}`, encodeURIComponent(example));
  }
  const words = [
    goesOn
      ? "curl -N"
      : method === "get"
      ? "curl"
      : `curl -X ${method.toUpperCase()}`,
    quoted(base.replace(/\/$/, "") + filled),
  ];
  if (!isOpen(operation)) {
    words.push("-H " + quoted("authorization: Bearer <token>"));
  }
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const [example] = Object.values(content?.examples ?? {});
  if (example) {
    words.push("-H " + quoted(`content-type: ${type}`));
    words.push("-d " + quoted(JSON.stringify(example.value)));
  }
  const [first, second, ...rest] = words;
  return [`${first} ${second}`, ...rest].join(" \\\n  ");
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
