// Requests of the native engine's interface: https://github.com/prisma/prisma-engines, 5.17.0,
// query-engine/query-engine/src/server.
"use strict";

const { readAnswer, readOperation } = require("./protocol");

const TRACE = "{}";
const TRANSACTION = /^\/transaction\/([^/]+)\/(commit|rollback)$/;

function failure(error) {
  const message = String(error);
  const known = { is_panic: false, message, error_code: "P2010", meta: {} };
  return { errors: [{ error: message, user_facing_error: known }] };
}

async function respond({ engine, models }, request, text) {
  const path = request.url.split("?")[0];
  if (path === "/status") return { status: "ok" };
  if (path === "/metrics") return { counters: [], gauges: [], histograms: [] };
  if (path === "/transaction/start") return JSON.parse(await engine.startTransaction(text || "{}", TRACE));
  const ended = path.match(TRANSACTION);
  if (ended) return JSON.parse((await engine[`${ended[2]}Transaction`](ended[1], TRACE)) || "{}");
  const transaction = request.headers["x-transaction-id"];
  const body = JSON.parse(text);
  if (!body.batch) return query(engine, models, body, transaction);
  return { batchResult: await batch(engine, models, body, transaction) };
}

// The queries of a batch, which happen all or not at all where the client says so.
async function batch(engine, models, body, outer) {
  const begins = body.transaction && !outer;
  const begun = begins ? JSON.parse(await engine.startTransaction('{"max_wait":5000,"timeout":60000}', TRACE)) : null;
  if (begun?.error_code || begun?.errors) throw new Error(JSON.stringify(begun));
  const transaction = outer || begun?.id;
  const results = [];
  for (const each of body.batch) {
    const result = await query(engine, models, each, transaction);
    results.push(result);
    if (begun && result.errors) {
      await engine.rollbackTransaction(begun.id, TRACE);
      return results;
    }
  }
  if (begun) await engine.commitTransaction(begun.id, TRACE);
  return results;
}

async function query(engine, models, body, transaction) {
  const data = {};
  for (const { name, alias, wanted } of readOperation(body.query, models)) {
    const answer = JSON.parse(await engine.query(JSON.stringify(wanted), TRACE, transaction));
    if (answer.errors) return answer;
    data[alias] = readAnswer(wanted, name in answer.data ? answer.data[name] : Object.values(answer.data)[0]);
  }
  return { data };
}

module.exports = { failure, respond };
