// What of a Prisma schema decides how a query is read: names of models, and their JSON fields.
"use strict";

const MODEL = /^model\s+(\w+)\s*\{([\s\S]*?)^\}/gm;
const JSON_FIELD = /^\s+(\w+)\s+Json\b/gm;

class Models {
  constructor(schema) {
    this.jsonFields = new Map();
    for (const [, name, fields] of schema.matchAll(MODEL)) {
      this.jsonFields.set(name, new Set([...fields.matchAll(JSON_FIELD)].map((field) => field[1])));
    }
  }

  has(name) {
    return this.jsonFields.has(name);
  }

  json(name) {
    return this.jsonFields.get(name) || new Set();
  }
}

module.exports = { Models };
