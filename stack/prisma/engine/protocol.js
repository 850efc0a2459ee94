// From the GraphQL of the Python client to the JSON protocol of the engine, and back.
"use strict";

const graphql = require("graphql");

// Longer names first: each is the beginning of a root field, the model's name its end.
const ACTIONS = [
  "findUniqueOrThrow",
  "findUnique",
  "findFirstOrThrow",
  "findFirst",
  "findMany",
  "createManyAndReturn",
  "createMany",
  "createOne",
  "updateMany",
  "updateOne",
  "upsertOne",
  "deleteMany",
  "deleteOne",
  "aggregate",
  "groupBy",
  "queryRaw",
  "executeRaw",
];

// Filters and operations inside an argument of a JSON field whose values are JSON themselves.
const JSON_OPERATORS = new Set(["set", "equals", "not", "array_contains", "array_starts_with", "array_ends_with"]);

function readOperation(text, models) {
  const [operation] = graphql.parse(text, { noLocation: true }).definitions;
  return operation.selectionSet.selections.map((field) => readRoot(field, models));
}

function readRoot(field, models) {
  const name = field.name.value;
  const isAction = (action) => name === action || (name.startsWith(action) && models.has(name.slice(action.length)));
  const action = ACTIONS.find(isAction);
  if (!action) throw new Error(`unknown root field ${name}`);
  const model = name.slice(action.length);
  const json = models.json(model);
  const wanted = {
    ...(model ? { modelName: model } : {}),
    action,
    query: { arguments: readArguments(field, json), selection: readSelection(field.selectionSet, json) },
  };
  return { name, alias: field.alias ? field.alias.value : name, wanted };
}

function readArguments(node, json) {
  return Object.fromEntries((node.arguments || []).map((each) => [each.name.value, readValue(each.value, json, false)]));
}

function readSelection(selectionSet, json) {
  const fields = selectionSet ? selectionSet.selections : [];
  return Object.fromEntries(fields.map((field) => [field.name.value, readField(field, json)]));
}

function readField(field, json) {
  if (!field.selectionSet && !(field.arguments || []).length) return true;
  return { arguments: readArguments(field, json), selection: readSelection(field.selectionSet, json) };
}

// `isJson`: whether a string here is JSON in text, which the engine wants to be told.
function readValue(node, json, isJson) {
  switch (node.kind) {
    case "IntValue":
      return readInteger(node.value);
    case "FloatValue":
      return Number(node.value);
    case "NullValue":
      return null;
    case "ListValue":
      return node.values.map((value) => readValue(value, json, isJson));
    case "ObjectValue":
      return readObject(node, json, isJson);
    case "StringValue":
      return isJson ? { $type: "Json", value: node.value } : node.value;
    case "Variable":
      throw new Error("variables are not understood");
    default:
      return node.value;
  }
}

function readInteger(text) {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : { $type: "BigInt", value: text };
}

function readObject(node, json, inJson) {
  const entries = node.fields.map((field) => {
    const name = field.name.value;
    const isJson = json.has(name) || (inJson && JSON_OPERATORS.has(name));
    return [name, readValue(field.value, json, isJson)];
  });
  return Object.fromEntries(entries);
}

// Rows of raw queries carry their types in a form that both protocols share.
function readAnswer(wanted, value) {
  return wanted.action.endsWith("Raw") ? value : untagged(value);
}

function untagged(value) {
  if (Array.isArray(value)) return value.map(untagged);
  if (value === null || typeof value !== "object") return value;
  if ("$type" in value && "value" in value) return value.value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, untagged(each)]));
}

module.exports = { readAnswer, readOperation };
