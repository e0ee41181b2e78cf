/*
 * Plants each bug in a copy of the backend, one at a time, and runs the groups of the suite that concern it. Fails when a bug is
 * caught by no case, or not by the case that it names. Arguments: parts of the sentences of the bugs to run. Default: all.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runBackendSuite } from "@archestra/secrets-testkit";
import { harnessOf } from "../redis-harness.ts";
import { admin, server } from "../redis-server.ts";
import { bugsOfConnections } from "./bugs-of-connections.ts";
import { bugsOfReads } from "./bugs-of-reads.ts";
import { bugsOfWrites } from "./bugs-of-writes.ts";
import type { PlantedBug } from "./planted-bug.ts";

/** The suites mostly wait. */
const AT_A_TIME = 8;
const root = join(import.meta.dirname, "../..");
const work = join(root, ".planted-bugs");

const wanted = process.argv.slice(2);
const bugs = [...bugsOfReads, ...bugsOfWrites, ...bugsOfConnections].filter(
  ({ mistake }) => wanted.length === 0 || wanted.some((part) => mistake.includes(part)),
);
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
console.log(`${bugs.length - missed.length} of ${bugs.length} planted bugs are caught.`);
for (const mistake of missed) console.log(`NOT CAUGHT: ${mistake}`);
process.exitCode = missed.length === 0 ? 0 : 1;

async function prove(index: number, bug: PlantedBug): Promise<void> {
  const { redisPlugin } = await import(pathToFileURL(join(plant(index, bug), "index.ts")).href);
  const { cases } = await runBackendSuite({
    name: bug.mistake,
    harness: harnessOf(redisPlugin),
    groups: bug.groups,
  });
  const failed = cases.filter(({ status }) => status === "failed").map(({ name }) => name);
  if (!failed.some((name) => name.startsWith(bug.caughtBy))) missed.push(bug.mistake);
  console.log(`${bug.mistake}\n  ${failed.length} failed cases: ${failed.slice(0, 6).join("; ")}`);
}

/** Copies the source and changes it. @returns the folder of the copy */
function plant(index: number, { mistake, file, changes }: PlantedBug): string {
  const folder = join(work, String(index));
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, "src"), folder, { recursive: true });
  const path = join(folder, file);
  let source = readFileSync(path, "utf8");
  for (const [find, replace] of changes) {
    const parts = source.split(find);
    if (parts.length !== 2)
      throw new Error(`${mistake}: ${parts.length - 1} places in ${file} have: ${find}`);
    source = parts.join(replace);
  }
  writeFileSync(path, source);
  return folder;
}
