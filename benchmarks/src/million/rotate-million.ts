/*
 * A million rows on PostgreSQL: encrypting them at a start, rotating them, and listing a page of them. Every statement of
 * ours runs under `statement_timeout` of one second, so that a longer one would end the run.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { startPostgres } from "@archestra/test-servers/postgres";
import { comparisonLine } from "../comparison.ts";
import { comparePaired } from "../paired-benchmark.ts";
import { writeResult } from "../results.ts";
import { createDatabase, importRows, nameOf, query } from "./imported-rows.ts";
import { open, secrets } from "./open.ts";

const MILLION = Number(process.env.ROWS ?? 1_000_000);
const FEW = 10_000;
const LOOP_ROWS = 20_000;
const PAGE_ROWS = 1_000;

interface Times {
  readonly rows: number;
  readonly encrypting: number;
  readonly rotating: number;
}

interface Sweeps extends Times {
  readonly peakMegabytes: number;
}

const server = await startPostgres();
const settings = Object.fromEntries(
  await Promise.all(
    ["server_version", "fsync", "synchronous_commit", "shared_buffers", "max_wal_size"].map(async (name) => {
      const [row] = await query<Record<string, string>>(server.url, `SHOW ${name}`);
      return [name, row?.[name]] as const;
    }),
  ),
);

const few = await runSweeps("few", FEW, []);
const million = await runSweeps("million", MILLION, []);
// V8 lets its young generation grow with all that was ever allocated, which says nothing of what is kept.
const fixed = ["--max-semi-space-size=8"];
const fixedFew = await runSweeps("fixed_few", FEW, fixed);
const fixedMillion = await runSweeps("fixed_million", MILLION, fixed);
const loopUrl = await prepare("row_by_row", LOOP_ROWS);
const loop = await run<Times>("row-by-row.ts", loopUrl.replace(/\?.*/, ""));

const perRow = (times: Times, what: "encrypting" | "rotating") => (1000 * times[what]) / times.rows;
const both = (times: Times) => perRow(times, "encrypting") + perRow(times, "rotating");
const page = await compareListPages();
const result = {
  settings: { ...settings, connections: 1, statement_timeout: "1s", loopRows: LOOP_ROWS },
  microsecondsPerRow: {
    rowByRow: { encrypting: perRow(loop, "encrypting"), rotating: perRow(loop, "rotating") },
    sweep: { encrypting: perRow(million, "encrypting"), rotating: perRow(million, "rotating") },
  },
  timesAsFast: {
    encrypting: perRow(loop, "encrypting") / perRow(million, "encrypting"),
    rotating: perRow(loop, "rotating") / perRow(million, "rotating"),
    both: both(loop) / both(million),
  },
  peakMegabytes: {
    byDefault: memoryOf(few, million),
    [fixed.join(" ")]: memoryOf(fixedFew, fixedMillion),
  },
  listPage: page,
};
writeResult("rotate-million", result);
console.log(JSON.stringify({ ...result, listPage: undefined }, null, 2));
console.log(comparisonLine("time of a list page of 100", "1 M rows", "1 k rows", page));
await server.stop();

async function prepare(name: string, rows: number): Promise<string> {
  const url = await createDatabase(server.url, name);
  await (await open(url, secrets.first)).close();
  await importRows(url, rows);
  return `${url}?options=${encodeURIComponent("-c statement_timeout=1000")}`;
}

async function runSweeps(name: string, rows: number, options: readonly string[]): Promise<Sweeps> {
  const url = await prepare(name, rows);
  const report = await run<Sweeps & { readonly reencrypted: number }>("encrypt-and-rotate.ts", url, options);
  if (report.reencrypted !== rows) throw new Error(`Of ${rows} rows ${report.reencrypted} were rotated.`);
  return report;
}

function memoryOf(few: Sweeps, many: Sweeps) {
  const [tenThousandRows, allRows] = [few.peakMegabytes, many.peakMegabytes];
  return { tenThousandRows, allRows, difference: allRows - tenThousandRows };
}

async function run<Report>(program: string, url: string, options: readonly string[] = []): Promise<Report> {
  const file = join(import.meta.dirname, program);
  const { stdout } = await promisify(execFile)(process.execPath, [...options, file, url]);
  console.log(`${program}: ${stdout.trim()}`);
  return JSON.parse(stdout);
}

async function compareListPages() {
  const smallUrl = await prepare("small", PAGE_ROWS);
  const [small, large] = [
    await open(smallUrl, secrets.first),
    await open(server.url.replace(/\/postgres$/, "/million"), secrets.second),
  ];
  const pageOf = (manager: typeof small, after: string) => async () => {
    let last: unknown;
    for await (const info of manager.list({ after, limit: 100 })) last = info;
    return last;
  };
  const comparison = await comparePaired({
    name: "list-page",
    baseline: { name: "1 k rows", run: pageOf(small, nameOf(PAGE_ROWS / 2)) },
    subject: { name: "1 M rows", run: pageOf(large, nameOf(MILLION / 2)) },
  });
  await small.close();
  await large.close();
  return comparison;
}
