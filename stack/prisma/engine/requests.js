// Requests of the native engine's interface: https://github.com/prisma/prisma-engines, 5.17.0,
// query-engine/query-engine/src/server.
"use strict";

const { isAway } = require("./database");
const { readAnswer, readOperation } = require("./protocol");

const TRACE = "{}";
// Milliseconds to wait for a connection, and for the end of a batch.
const PATIENCE = '{"max_wait":5000,"timeout":60000}';
const TRANSACTION = /^\/transaction\/([^/]+)\/(commit|rollback)$/;

// Prisma's codes: a query failed, the server cannot be reached, the adapter failed.
const FAILED = "P2010";
const UNREACHABLE = "P1001";
const OF_ADAPTER = "P2036";

function failure(error, code = FAILED) {
  const message = String(error);
  const known = { is_panic: false, message, error_code: code, meta: {} };
  return { errors: [{ error: message, user_facing_error: known }] };
}

// The native engine says what is wrong with the connection; LiteLLM looks for its words.
function explained(answer, errorOf) {
  const known = answer.errors[0].user_facing_error;
  if (known?.error_code !== OF_ADAPTER) return answer;
  const error = errorOf(known.meta.id);
  if (!isAway(error)) return failure(error);
  return failure(`Can't reach database server: ${error.message}`, UNREACHABLE);
}

async function respond(opened, request, text) {
  const { engine } = opened;
  const path = request.url.split("?")[0];
  if (path === "/status") return { status: "ok" };
  if (path === "/metrics") return { counters: [], gauges: [], histograms: [] };
  if (path === "/transaction/start") return JSON.parse(await engine.startTransaction(text || "{}", TRACE));
  const ended = path.match(TRANSACTION);
  if (ended) return JSON.parse((await engine[`${ended[2]}Transaction`](ended[1], TRACE)) || "{}");
  const transaction = request.headers["x-transaction-id"];
  const body = JSON.parse(text);
  if (!body.batch) return query(opened, body, transaction);
  return { batchResult: await batch(opened, body, transaction) };
}

// The queries of a batch, which happen all or not at all where the client says so.
async function batch(opened, body, outer) {
  const { engine } = opened;
  const begins = body.transaction && !outer;
  const begun = begins ? JSON.parse(await engine.startTransaction(PATIENCE, TRACE)) : null;
  if (begun && !begun.id) throw new Error(`no transaction could be begun: ${JSON.stringify(begun)}`);
  const transaction = outer || begun?.id;
  const results = [];
  for (const each of body.batch) {
    const result = await query(opened, each, transaction);
    results.push(result);
    if (begun && result.errors) {
      await engine.rollbackTransaction(begun.id, TRACE);
      return results;
    }
  }
  if (begun) await engine.commitTransaction(begun.id, TRACE);
  return results;
}

async function query({ engine, models, errorOf }, body, transaction) {
  const data = {};
  for (const { name, alias, wanted } of readOperation(body.query, models)) {
    const answer = JSON.parse(await engine.query(JSON.stringify(wanted), TRACE, transaction));
    if (answer.errors) return explained(answer, errorOf);
    data[alias] = readAnswer(wanted, name in answer.data ? answer.data[name] : Object.values(answer.data)[0]);
  }
  return { data };
}

module.exports = { failure, respond };
