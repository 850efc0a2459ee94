// The engine of @prisma/client on a pool of `pg`.
"use strict";

const fs = require("node:fs");
const { PrismaPg } = require("@prisma/adapter-pg");
const { bindAdapter } = require("@prisma/driver-adapter-utils");
const { Pool } = require("pg");
const runtime = require("@prisma/client/runtime/query_engine_bg.postgresql.js");
const { Models } = require("./models");

const WASM = require.resolve("@prisma/client/runtime/query_engine_bg.postgresql.wasm");

// Parameters of Prisma's URLs that mean the same to `pg`; it takes any other for its own.
const PASSED_ON = new Set(["application_name", "options"]);

function load() {
  const module = new WebAssembly.Module(fs.readFileSync(WASM));
  const instance = new WebAssembly.Instance(module, { "./query_engine_bg.js": runtime });
  runtime.__wbg_set_wasm(instance.exports);
}

function databaseUrl(environment) {
  const overwritten = JSON.parse(environment.OVERWRITE_DATASOURCES || "[]");
  return new URL(overwritten[0]?.url || environment.DATABASE_URL);
}

function poolOptions(url) {
  const asked = new Map(url.searchParams);
  const plain = new URL(url);
  for (const name of asked.keys()) if (!PASSED_ON.has(name)) plain.searchParams.delete(name);
  return {
    connectionString: plain.toString(),
    ssl: tls(asked),
    max: Number(asked.get("connection_limit") || 10),
    connectionTimeoutMillis: 1000 * Number(asked.get("connect_timeout") || 5),
  };
}

// TLS as Prisma's URLs ask for it; `pg` knows no `prefer`, which is without here.
function tls(asked) {
  if (asked.get("sslmode") !== "require") return false;
  const authority = asked.get("sslcert");
  return {
    rejectUnauthorized: asked.get("sslaccept") === "strict",
    ...(authority ? { ca: fs.readFileSync(authority) } : {}),
  };
}

function openPool(url) {
  const pool = new Pool(poolOptions(url));
  // A connection that ends while nobody uses it, e.g. when PostgreSQL restarts, would end Node too.
  pool.on("error", (error) => console.error("query engine: a connection ended:", error.message));
  return pool;
}

// What answers queries in the engine's own JSON protocol, and what it knows of the models.
async function openEngine(environment) {
  load();
  const schema = fs.readFileSync(environment.PRISMA_DML_PATH, "utf8");
  const options = {
    // The engine knows no generator in Python.
    datamodel: schema.replace(/^generator\s+\w+\s*\{[^}]*\}/gm, ""),
    logLevel: "error",
    logQueries: false,
    datasourceOverrides: {},
    env: environment,
    configDir: ".",
    engineProtocol: "json",
    ignoreEnvVarErrors: true,
  };
  const adapter = bindAdapter(new PrismaPg(openPool(databaseUrl(environment))));
  const engine = new runtime.QueryEngine(options, () => {}, adapter);
  await engine.connect("{}");
  return { engine, models: new Models(schema), errorOf: (id) => takeError(adapter.errorRegistry, id) };
}

// What the adapter failed with: the engine only has its number. The registry itself forgets none.
function takeError(registry, id) {
  const found = registry.consumeError(id)?.error;
  registry.registeredErrors[id] = undefined;
  return found;
}

// Whether the database is away: codes of Node's network, of PostgreSQL's that ends or begins, and
// what `pg` says of a connection that was lost.
function isAway(error) {
  const code = String(error?.code ?? "");
  return /^(E[A-Z_]+|57P0[1-3]|08...)$/.test(code) || /terminated|timeout|connection/i.test(String(error?.message));
}

module.exports = { isAway, openEngine };
