// Passes every call on to a provider and keeps the answers in /recordings, one file per prompt.
// Argument: the provider's origin. The simulator's own record mode would answer what it has seen
// once by itself, a prompt that only contains an earlier one too, and failures for ever.
import { createHash } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "@copilotkit/aimock";
import { PATH } from "./generations.mjs";

const DIRECTORY = "/recordings";
const SCRATCH = "/tmp/recorded";
const HOUR = 3_600_000;

/** Is given each recording and stays empty: no call is answered from here. */
class Recordings extends Array {
    push(recording) {
        rmSync(SCRATCH, { recursive: true, force: true });
        if (!("error" in recording.response)) keep(recording);
        return this.length;
    }
}

/** The newest answer of a prompt replaces the one before. */
function keep({ match, response, metadata }) {
    const prompt = match.userMessage ?? match.inputText ?? "";
    // Files are tried by name, and a prompt that contains the recorded one matches: longest first.
    const rank = String(Math.max(0, 99_999_999 - prompt.length)).padStart(8, "0");
    const digest = createHash("sha256").update(JSON.stringify(match)).digest("hex").slice(0, 12);
    const file = `${DIRECTORY}/${rank}-${digest}.json`;
    const text = JSON.stringify({ fixtures: [{ match, response, metadata }] }, null, 2);
    writeFileSync(`${file}.new`, `${text}\n`);
    renameSync(`${file}.new`, file);
    console.log(`recorded ${file}`);
}

const [origin] = process.argv.slice(2);
const key = process.env.AIMOCK_API_KEYS;

/** What answers cost is asked at the provider itself. */
const generations = {
    async handleRequest(request, response) {
        const headers = { Authorization: `Bearer ${key}` };
        const answer = await fetch(new URL(request.url, origin), { headers });
        response.writeHead(answer.status, { "Content-Type": "application/json" });
        response.end(await answer.text());
        return true;
    },
};

const options = {
    host: "0.0.0.0",
    port: 4010,
    logLevel: "error",
    // Of requests, whole conversations, the last is enough.
    journalMaxEntries: 1,
    auth: { apiKeys: [key] },
    record: {
        // Embeddings go by the name of openai under each path.
        providers: { openrouter: origin, openai: origin },
        providerKeys: { openrouter: key, openai: key },
        fixturePath: SCRATCH,
        recordFullModelVersion: true,
        // The gateway's own limits come first.
        upstreamTimeoutMs: HOUR,
        bodyTimeoutMs: HOUR,
    },
};
await createServer(new Recordings(), options, [{ path: PATH, handler: generations }]);
