/**
 * Reads an AsyncAPI 3 document into the model that docs.js draws (see
 * docs_openapi.js): a group is a channel, an item an operation.
 *
 * The document is told from the server's side; what is drawn says who sends.
 */
import { schemaId } from "./docs_schema.js";

const PREFIX = "asyncapi-";
/** What the server receives, the client sends. */
const SENDERS = { receive: "CLIENT", send: "SERVER" };
/** Objects in objects are told by dotted names, so deep. */
const DEPTH_MAX = 4;

export function readAsyncApi(found, url) {
  const { info, channels = {}, operations = {}, components = {} } = found;
  const groups = Object.entries(channels).map(([id, channel]) => ({
    id: PREFIX + id,
    name: channel.title ?? id,
    description:
      `Path \`${channel.address}\`, or any with \`?dialect=${id}\`. ${
        channel.description ?? ""
      }`,
    items: Object.entries(operations)
      .filter(([, { channel: { $ref } }]) => $ref === `#/channels/${id}`)
      .map(([name, operation]) => toItem(found, name, operation)),
  }));
  const { title, version, description } = info;
  const schemas = Object.entries(components.schemas ?? {})
    .map(([name, schema]) => ({ id: schemaId(name), name, schema }));
  return {
    kind: `AsyncAPI ${found.asyncapi}`,
    url,
    prefix: PREFIX,
    title,
    version,
    summary: "Chat over sockets",
    description,
    groups,
    schemas,
  };
}

function toItem(found, id, { action, summary, messages, reply }) {
  const [message = {}] = messages.map((one) => resolved(found, one));
  const answers = (reply?.messages ?? []).map((one) => resolved(found, one));
  // Every request may be refused in the same words.
  const answer = answers.find(({ name }) => name !== "error");
  return {
    id: PREFIX + id,
    badge: SENDERS[action],
    path: message.name,
    summary,
    marks: answer ? ["answered by ok or error"] : [],
    description: message.description,
    parts: [
      ...partsOf(found, "Fields", message.payload),
      ...partsOf(found, "Answer", resultOf(answer)),
    ],
    samples: [
      ...samplesOf(id, message, { isOpen: true }),
      ...answer ? samplesOf(id, answer, { title: "answer" }) : [],
    ],
  };
}

/** What `$ref` leads to, over any number of steps. */
function resolved(found, one) {
  let value = one;
  while (value?.$ref !== undefined) {
    value = value.$ref.slice("#/".length).split("/")
      .reduce((place, key) => place?.[key], found);
  }
  return value ?? {};
}

function resultOf(answer) {
  return answer?.payload?.properties?.result;
}

function partsOf(found, title, schema) {
  if (schema === undefined) return [];
  const choices = schema.anyOf ?? schema.oneOf ?? [schema];
  return choices.flatMap((choice, i) => {
    const rows = rowsOf(found, choice, { before: "", depth: 0 });
    const number = choices.length > 1 ? `, form ${i + 1}` : "";
    return rows.length === 0 ? [] : [{ title: title + number, rows }];
  });
}

function rowsOf(found, schema, { before, depth }) {
  const { properties, required = [], type, items } = schema;
  if (type === "array" && items?.properties) {
    return rowsOf(found, items, { before: `${before}[].`, depth: depth + 1 });
  }
  return Object.entries(properties ?? {}).flatMap(([name, of]) => {
    const path = before + name;
    const row = {
      name: path,
      required: required.includes(name),
      schema: of,
      description: of.description,
    };
    if (depth === DEPTH_MAX) return [row];
    const inner = of.type === "array" ? of.items : of;
    if (!inner?.properties) return [row];
    const dots = of.type === "array" ? "[]." : ".";
    return [
      row,
      ...rowsOf(found, inner, { before: path + dots, depth: depth + 1 }),
    ];
  });
}

/** As it is on the wire. */
function samplesOf(id, { name, examples = [] }, { title, isOpen = false }) {
  return examples.map(({ payload }) => ({
    title: title ?? "frame",
    text: id.startsWith("nest-chat.")
      ? `42${JSON.stringify([name, payload], null, 2)}`
      : JSON.stringify(payload, null, 2),
    isOpen,
  }));
}
