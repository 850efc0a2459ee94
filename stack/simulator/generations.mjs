// What OpenRouter tells of an answer afterwards, at GET /api/v1/generation?id=ID: who hung up learns
// there what it cost. As there, the answer's id is in the header X-Generation-Id too, and its record
// comes a moment after its end. An answer whose fixture has no cost has no record.
import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";

export const PATH = "/api/v1/generation";

const LATE_MS = 1_000;
const LONGEST_JOURNAL = 1_000;

const current = new AsyncLocalStorage();
/** Id → when its answer ended, whether its client was gone by then, and its fixture. */
const generations = new Map();

/** Notes of every answer its id and its end; a listener that comes before the simulator's own. */
export function watch(request, response) {
    const generation = { streamed: false };
    current.enterWith(generation);
    const { write, end } = response;
    response.write = (chunk, ...more) => {
        generation.streamed = true;
        begin(generation, response, chunk);
        return write.call(response, chunk, ...more);
    };
    response.end = (chunk, ...more) => {
        begin(generation, response, chunk);
        return end.call(response, chunk, ...more);
    };
    response.once("close", () => {
        generation.ended = Date.now();
        generation.cancelled = !response.writableFinished;
    });
}

function begin(generation, response, chunk) {
    if (generation.id || !generation.fixture || !chunk) return;
    generation.id = /"id":"(gen-[^"]+)"/.exec(chunk)?.[1] ?? `gen-${randomUUID()}`;
    if (!response.headersSent) response.setHeader("X-Generation-Id", generation.id);
    generations.set(generation.id, generation);
    if (generations.size > LONGEST_JOURNAL) generations.delete(generations.keys().next().value);
}

/** Mounted at PATH. */
export const handler = {
    /** The journal is told which fixture answers, before it does. */
    setJournal(journal) {
        const add = journal.add.bind(journal);
        journal.add = (entry, ...more) => {
            const generation = current.getStore();
            if (generation) generation.fixture = entry.response?.fixture;
            return add(entry, ...more);
        };
    },

    async handleRequest(request, response) {
        const id = new URL(request.url, "http://localhost").searchParams.get("id");
        const record = recordOf(id, generations.get(id));
        response.writeHead(record ? 200 : 404, { "Content-Type": "application/json" });
        const missing = { error: { code: 404, message: `Generation ${id} not found` } };
        response.end(JSON.stringify(record ? { data: record } : missing));
        return true;
    },
};

function recordOf(id, generation) {
    const usage = generation?.fixture?.response?.usage;
    if (usage?.cost === undefined || !(Date.now() >= generation.ended + LATE_MS)) return null;
    return {
        id,
        total_cost: usage.cost,
        usage: usage.cost,
        streamed: generation.streamed,
        cancelled: generation.cancelled,
        tokens_prompt: usage.prompt_tokens,
        tokens_completion: usage.completion_tokens,
        native_tokens_prompt: usage.prompt_tokens,
        native_tokens_completion: usage.completion_tokens,
    };
}
