// Answers from fixtures, and tells afterwards what the answers cost.
// Arguments: directories of fixtures, the first that matches answers.
import { createServer, loadFixturesFromDir } from "@copilotkit/aimock";
import { handler, PATH, watch } from "./generations.mjs";

const fixtures = process.argv.slice(2).flatMap((directory) => loadFixturesFromDir(directory));
const keys = process.env.AIMOCK_API_KEYS;
const { server } = await createServer(
    fixtures,
    {
        host: "0.0.0.0",
        port: 4010,
        logLevel: "info",
        journalMaxEntries: 1000,
        ...(keys ? { auth: { apiKeys: [keys] } } : {}),
    },
    [{ path: PATH, handler }],
);
server.prependListener("request", watch);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
console.log(`answering from ${fixtures.length} fixtures`);
