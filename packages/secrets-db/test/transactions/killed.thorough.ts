import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { connectionIds, startApplication } from "../support/application.ts";
import { type ApplicationKysely, postgresKysely, sqliteKysely } from "../support/application-kysely.ts";
import { defaultKey } from "../support/open-manager.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";
import { changes, name, prepare } from "./calls.ts";

const program = fileURLToPath(new URL("./dying-process.ts", import.meta.url));

/** Kills a process between its change and the commit. */
async function killBeforeCommit(database: string, call: string, version: string | undefined): Promise<void> {
  const versions = version === undefined ? [] : [version];
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", program, database, call, ...versions],
    {
      env: { ...process.env, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const exit = once(child, "exit");
  const [output] = await Promise.race([
    once(child.stdout, "data"),
    exit.then(([code]) => [`the process ended with ${code}`]),
  ]);
  expect(String(output)).toBe("changed\n");
  child.kill("SIGKILL");
  expect(await exit).toEqual([null, "SIGKILL"]);
}

function defineTests(open: () => Promise<{ readonly database: string; readonly kysely: ApplicationKysely }>) {
  test.each(changes)("$call is not committed, and neither is the application's row", async (change) => {
    const { database, kysely } = await open();
    const { secrets } = await startApplication(kysely);
    const version = await prepare(secrets, change);
    await killBeforeCommit(database, change.call, version);
    const secret = await secrets.get(name);
    expect(secret?.value).toEqual(change.before);
    expect(secret?.version).toBe(version);
    expect(await connectionIds(kysely)).toEqual([]);
  });
}

describe("a process that is killed before it commits (SQLite)", () =>
  defineTests(async () => {
    const database = scratchFile();
    return { database, kysely: sqliteKysely(database) };
  }));

describePostgres("a process that is killed before it commits (PostgreSQL)", () =>
  defineTests(async () => {
    const { url } = await postgresDatabase();
    return { database: url, kysely: postgresKysely(url, 1) };
  }),
);
