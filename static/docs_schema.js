/**
 * JSON Schema, in words.
 *
 * A model's schemas are `{ id, name, schema }`; references lead to the section
 * whose id is `schema-<name>`.
 */
import { prose } from "./docs_prose.js";
import { element } from "./element.js";

/** The id of the section of a schema of this name. */
export function schemaId(name) {
  return `schema-${name}`;
}

/** A schema of its own, field by field. */
export function schemaSection({ id, name, schema }) {
  const { description, properties } = schema;
  const fields = Object.entries(properties ?? {});
  return element("article", { class: "schema", id }, [
    element("h3", {}, [
      element("code", {}, [name]),
      element("span", { class: "type" }, typeOf(schema)),
    ]),
    ...prose(description),
    ...fields.length === 0 ? [] : [
      element(
        "dl",
        {},
        fields.flatMap(([field, of]) =>
          fieldRow(field, of, schema.required?.includes(field))
        ),
      ),
    ],
  ]);
}

function fieldRow(name, schema, required) {
  return [
    element("dt", {}, [
      element("code", {}, [name]),
      element("span", { class: "type" }, typeOf(schema)),
      ...required ? [element("span", { class: "required" }, ["required"])] : [],
    ]),
    element("dd", {}, [
      ...prose(schema.description),
      ...(schema.examples ?? []).map((example) =>
        element("p", { class: "example" }, [
          "such as ",
          element("code", {}, [JSON.stringify(example)]),
        ])
      ),
    ]),
  ];
}

/** What a value is, as texts and links. */
export function typeOf(schema) {
  const { $ref, type, items, anyOf, oneOf, enum: values } = schema;
  if ($ref !== undefined) {
    const name = $ref.split("/").at(-1);
    return [element("a", { href: `#${schemaId(name)}` }, [name])];
  }
  const choices = anyOf ?? oneOf;
  if (choices) return choices.flatMap((one, i) => or(i, typeOf(one)));
  if (values) return values.flatMap((value, i) => or(i, [literal(value)]));
  if ("const" in schema) return [literal(schema.const)];
  if (type === "array") return ["list of ", ...typeOf(items ?? {})];
  if (type === undefined) return ["anything"];
  return [[type, ...boundsOf(schema)].join(", ")];
}

function or(index, parts) {
  return index === 0 ? parts : [" or ", ...parts];
}

function literal(value) {
  return element("code", {}, [JSON.stringify(value)]);
}

function boundsOf({ minimum, maximum, minLength, maxLength, format }) {
  const bounds = format === undefined ? [] : [format];
  if (minimum !== undefined && maximum !== undefined) {
    bounds.push(`${minimum} to ${maximum}`);
  } else if (minimum !== undefined) bounds.push(`${minimum} or more`);
  else if (maximum !== undefined) bounds.push(`${maximum} or less`);
  if (minLength === 1) bounds.push("not empty");
  else if (minLength !== undefined) {
    bounds.push(`${minLength} characters or more`);
  }
  if (maxLength !== undefined) bounds.push(`${maxLength} characters or less`);
  return bounds;
}
