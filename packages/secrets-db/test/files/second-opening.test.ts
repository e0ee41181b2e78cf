import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Agent, startAgent } from "../support/agents.ts";
import { fileEnvironment, openManager } from "../support/open-manager.ts";
import { backUp, backUpWithProgram, hasSqliteProgram } from "../support/other-process.ts";
import { plantedKey } from "../support/planted.ts";
import { query } from "../support/raw-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";

const SECRETS = 50;

const wrongKey = (file: string) =>
  fileEnvironment(file, { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: plantedKey() });

type OpenAgain = (agent: Agent, file: string) => Promise<unknown>;

const openings: readonly [string, OpenAgain][] = [
  ["openRotation().status()", (agent, file) => agent.do("askRotation", fileEnvironment(file))],
  ["a second manager", (agent, file) => agent.do("openAnother", fileEnvironment(file))],
  ["a start that fails", (agent, file) => agent.do("openAnother", wrongKey(file))],
];

/** A process that opened the file twice, a backup by another one, acknowledged secrets, and SIGKILL. */
async function secretsLeft(openAgain: OpenAgain, backup: typeof backUp): Promise<number> {
  const file = scratchFile();
  const agent = await startAgent();
  await agent.do("open", fileEnvironment(file));
  await agent.do("set", "before", { index: "before" });
  await openAgain(agent, file);
  backup(file, join(dirname(file), "backup.db"));
  await agent.do("setMany", "name", SECRETS);
  await agent.kill();
  const manager = await openManager(file);
  expect(query(file, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  return (await Array.fromAsync(manager.list())).length;
}

describe("every acknowledged secret survives SIGKILL of a process that opened the file a second time", () => {
  test.each(openings)("by %s, after a backup by another process of Node", async (_, openAgain) => {
    expect(await secretsLeft(openAgain, backUp)).toBe(SECRETS + 1);
  });

  // Only this one was red with SQLite 3.51 and newer in Node, which protects itself; the program is often older.
  test.skipIf(!hasSqliteProgram).each(openings)(
    "by %s, after a backup by the program sqlite3",
    async (_, openAgain) => {
      expect(await secretsLeft(openAgain, backUpWithProgram)).toBe(SECRETS + 1);
    },
  );
});

const backups: [string, typeof backUp][] = [["another process of Node", backUp]];
if (hasSqliteProgram) backups.push(["the program sqlite3", backUpWithProgram]);

test.each(backups)(
  "every acknowledged secret of two worker threads survives SIGKILL of the process after a backup by %s",
  async (_, backup) => {
    const file = scratchFile();
    const agent = await startAgent();
    await agent.do("openWorkers", 2, fileEnvironment(file));
    backup(file, join(dirname(file), "first.db"));
    await agent.do("setManyInWorkers", SECRETS);
    backup(file, join(dirname(file), "second.db"));
    await agent.do("openAnother", fileEnvironment(file));
    await agent.do("setManyInWorkers", SECRETS * 2);
    await agent.kill();
    const manager = await openManager(file);
    expect(query(file, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    expect(await Array.fromAsync(manager.list())).toHaveLength(SECRETS * 4);
  },
);
