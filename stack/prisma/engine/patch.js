// node patch.js: lets @prisma/adapter-pg 5.17.0 take columns of types it has no name for as text.
// It refuses them in raw queries, where LiteLLM asks for them: `void` of functions, `name`.
"use strict";

const fs = require("node:fs");

const FILE = require.resolve("@prisma/adapter-pg");
const REFUSAL = "if (fieldTypeId >= 1e4) {";
const ALWAYS_TEXT = "if (true) {";

const before = fs.readFileSync(FILE, "utf8");
const found = before.split(REFUSAL).length - 1;
if (found !== 1) {
  console.error(`${FILE}: ${JSON.stringify(REFUSAL)} stands there ${found} times, not once; read it before you change this patch.`);
  process.exit(1);
}
fs.writeFileSync(FILE, before.replace(REFUSAL, ALWAYS_TEXT));
