/*
 * Plants each bug in a copy of the backend, one at a time, and runs the case of the suite that has to catch it. Fails when it
 * does not. Arguments: `--all` for all cases of the groups that concern a bug, and parts of the sentences of the bugs to plant.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type TestRunner, testBackend, testPlugin } from "@archestra/secrets-testkit";
import type { redisPlugin } from "../../src/index.ts";
import { harnessOf } from "../redis-harness.ts";
import { admin, server } from "../redis-server.ts";
import { settingTexts } from "../setting-texts.ts";
import { bugsOfChanges } from "./bugs-of-changes.ts";
import { bugsOfConnections } from "./bugs-of-connections.ts";
import { bugsOfLists } from "./bugs-of-lists.ts";
import { bugsOfNames } from "./bugs-of-names.ts";
import { bugsOfReads } from "./bugs-of-reads.ts";
import { bugsOfReports } from "./bugs-of-reports.ts";
import { bugsOfSharedReads } from "./bugs-of-shared-reads.ts";
import { bugsOfValues } from "./bugs-of-values.ts";
import { bugsOfWrites } from "./bugs-of-writes.ts";
import { moreBugsOfCalls } from "./more-bugs-of-calls.ts";
import { moreBugsOfClients } from "./more-bugs-of-clients.ts";
import { moreBugsOfData } from "./more-bugs-of-data.ts";
import type { PlantedBug } from "./planted-bug.ts";

/** The suites mostly wait. */
const AT_A_TIME = 8;
const root = join(import.meta.dirname, "../..");
const work = join(root, ".planted-bugs");

const isThorough = process.argv.includes("--all");
const wanted = process.argv.slice(2).filter((argument) => argument !== "--all");
const lists = [
  ...[bugsOfNames, bugsOfValues, bugsOfReads, bugsOfSharedReads, bugsOfLists],
  ...[bugsOfWrites, bugsOfChanges, bugsOfConnections, bugsOfReports],
  ...[moreBugsOfData, moreBugsOfCalls, moreBugsOfClients],
];
const bugs = lists
  .flat()
  .filter(({ mistake }) => wanted.length === 0 || wanted.some((part) => mistake.includes(part)));
const missed: string[] = [];
try {
  const left = [...bugs.entries()];
  const runNext = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await prove(...next);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, runNext));
} finally {
  rmSync(work, { recursive: true, force: true });
  admin.destroy();
  await server.stop();
}
const excused = bugs.filter(({ caughtBy }) => caughtBy === undefined);
console.log(`${bugs.length - missed.length - excused.length} of ${bugs.length} planted bugs are caught.`);
for (const mistake of missed) console.log(`NOT CAUGHT: ${mistake}`);
// A planted timer would keep the process alive.
process.exit(missed.length === 0 ? 0 : 1);

async function prove(index: number, bug: PlantedBug): Promise<void> {
  const { redisPlugin: plugin } = await import(pathToFileURL(join(plant(index, bug), "index.ts")).href);
  const failed = await failedCases(bug, plugin);
  console.log(`${bug.mistake}\n  failed: ${failed.join("; ") || "none"}`);
  if (bug.caughtBy === undefined) console.log(`  not caught: ${bug.notCaughtBecause}`);
  else if (!failed.includes(bug.caughtBy)) missed.push(bug.mistake);
}

/** Runs the case that has to fail, or with `--all` every case of the groups. */
async function failedCases(bug: PlantedBug, plugin: typeof redisPlugin): Promise<string[]> {
  const cases = new Map<string, () => Promise<void>>();
  const suite: TestRunner & { readonly name: string } = {
    name: bug.mistake,
    describe: (_name, body) => body(),
    test: (name, body) => cases.set(name, () => body({})),
  };
  if (bug.isOfDescriptor) testPlugin({ ...suite, harness: { plugin, ...settingTexts } });
  else testBackend({ ...suite, harness: harnessOf(plugin), groups: bug.groups });
  if (bug.caughtBy !== undefined && !cases.has(bug.caughtBy)) {
    throw new Error(`There is no case "${bug.caughtBy}".`);
  }
  const failed: string[] = [];
  for (const [name, run] of cases) {
    if (!isThorough && name !== bug.caughtBy) continue;
    await run().catch(() => failed.push(name));
  }
  return failed;
}

/** Copies the source and changes it. @returns the folder of the copy */
function plant(index: number, { mistake, file, changes }: PlantedBug): string {
  const folder = join(work, String(index));
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, "src"), folder, { recursive: true });
  for (const [find, replace, otherFile] of changes) {
    const path = join(folder, otherFile ?? file);
    const parts = readFileSync(path, "utf8").split(find);
    if (parts.length !== 2)
      throw new Error(`${mistake}: ${parts.length - 1} places in ${path} have: ${find}`);
    writeFileSync(path, parts.join(replace));
  }
  return folder;
}
