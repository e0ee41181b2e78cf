/*
 * Ten processes that start at once on 100 000 rows of plaintext, against one process that does so and nine that start
 * bare: whether starting together costs more than the work and the starts.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startPostgres } from "@archestra/test-servers/postgres";
import { median } from "../median.ts";
import { writeResult } from "../results.ts";
import { createDatabase, importRows, query } from "./imported-rows.ts";
import { open, secrets } from "./open.ts";

const ROWS = 100_000;
const PROCESSES = 10;
const ROUNDS = 3;

const server = await startPostgres({ max_connections: "300" });
const rounds = [];
for (let round = 0; round < ROUNDS; round++) {
  const together = await timeStarts(await prepare(`together_${round}`, ROWS), PROCESSES);
  const alone = await timeStarts(await prepare(`alone_${round}`, ROWS), 1);
  // Nine at once, which is the shorter way to have nine: on a database that is ready, and of Node with nothing in it.
  const ready = await timeStarts(await prepare(`ready_${round}`, 0), PROCESSES - 1);
  const bareNode = await timeProcesses(PROCESSES - 1, ["--eval", "0"]);
  for (const { encrypted } of [together, alone]) {
    if (encrypted !== ROWS) throw new Error(`Of ${ROWS} rows ${encrypted} were encrypted.`);
  }
  rounds.push({
    together: together.milliseconds,
    alone: alone.milliseconds,
    nineReadyStarts: ready.milliseconds,
    nineBareNodes: bareNode.milliseconds,
    ratio: together.milliseconds / (alone.milliseconds + ready.milliseconds),
    ratioToBareNodes: together.milliseconds / (alone.milliseconds + bareNode.milliseconds),
  });
  console.log(JSON.stringify(rounds.at(-1)));
}
const ratio = median(rounds.map((round) => round.ratio));
const ratioToBareNodes = median(rounds.map((round) => round.ratioToBareNodes));
writeResult("start-on-plaintext", { rows: ROWS, processes: PROCESSES, ratio, ratioToBareNodes, rounds });
console.log(`start-on-plaintext: ${ratio.toFixed(2)} times one start and nine starts on a ready database;`);
console.log(`  ${ratioToBareNodes.toFixed(2)} times one start and nine of Node with nothing in it`);
await server.stop();

async function prepare(name: string, rows: number): Promise<string> {
  const url = await createDatabase(server.url, name);
  await (await open(url, secrets.first)).close();
  if (rows > 0) await importRows(url, rows);
  return url;
}

/** Starts managers in so many processes at once, each of which counts what it encrypted. */
async function timeStarts(
  url: string,
  count: number,
): Promise<{ readonly milliseconds: number; readonly encrypted: number }> {
  const file = new URL("./start-once.ts", import.meta.url).pathname;
  const { milliseconds, outputs } = await timeProcesses(count, [file, url]);
  const unencrypted = await query(url, "SELECT 1 FROM archestra_secrets WHERE key_id IS NULL LIMIT 1");
  if (unencrypted.length > 0) throw new Error("A start left a row unencrypted.");
  return { milliseconds, encrypted: outputs.reduce((sum, output) => sum + Number(output), 0) };
}

async function timeProcesses(
  count: number,
  parameters: readonly string[],
): Promise<{ readonly milliseconds: number; readonly outputs: readonly string[] }> {
  const since = performance.now();
  const processes = await Promise.all(
    Array.from({ length: count }, () => promisify(execFile)(process.execPath, [...parameters])),
  );
  return { milliseconds: performance.now() - since, outputs: processes.map(({ stdout }) => stdout) };
}
