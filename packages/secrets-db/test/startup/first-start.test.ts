import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startAgent, startAgents } from "../support/agents.ts";
import { failure } from "../support/failure.ts";
import { defaultKey, fileEnvironment, makeDatabase, openManager } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { dump, execute, folderState, modeOf, query } from "../support/raw-database.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { scratchFile, scratchFolder } from "../support/scratch-folder.ts";

test("ten processes that start at once on no file make the tables and the canary once", async () => {
  const file = scratchFile();
  const agents = await startAgents(10);
  await Promise.all(agents.map((agent) => agent.do("open", fileEnvironment(file))));
  await agents[0]?.do("set", "a", plantedValue());
  const values = await Promise.all(agents.map((agent) => agent.do("get", "a")));
  expect(new Set(values.map((value) => JSON.stringify(value))).size).toBe(1);
  expect(query(file, "SELECT * FROM archestra_secrets_keys")).toHaveLength(1);
  expect(query(file, "SELECT * FROM archestra_secrets_migrations")).toHaveLength(1);
});

test("without a URL the file lies in the working directory, and one warning says where and what that means", async () => {
  const folder = scratchFolder();
  const agent = await startAgent(folder);
  const warnings = await agent.do("open", { ARCHESTRA_AUTH_SECRET: defaultKey });
  const path = join(folder, ".archestra", "secrets.db");
  expect(warnings).toEqual([{ code: "ARCHESTRA_SECRETS_EMBEDDED_DATABASE", path }]);
  await agent.do("close");

  await agent.do("openAloud", { ARCHESTRA_AUTH_SECRET: defaultKey });
  await agent.do("close");
  expect(agent.output).toContain(path);
  expect(agent.output).toContain("persistent volume");
  expect(agent.output).toContain("ARCHESTRA_DATABASE_URL");
});

test("a folder that is made is the owner's alone, and so is every file of the database", async () => {
  const folder = join(scratchFolder(), "made", "here");
  const file = join(folder, "secrets.db");
  const manager = await openManager(file);
  await manager.create("a", plantedValue());
  expect(modeOf(folder)).toBe("700");
  expect([file, `${file}-wal`, `${file}-shm`].map(modeOf)).toEqual(["600", "600", "600"]);
});

test("a file that others could read is theirs no more, and a folder that was there keeps its mode", async () => {
  const folder = join(scratchFolder(), "shared");
  mkdirSync(folder, { mode: 0o755 });
  const file = join(folder, "secrets.db");
  await makeDatabase(file);
  chmodSync(file, 0o644);
  await openManager(file);
  expect([file, `${file}-wal`, `${file}-shm`].map(modeOf)).toEqual(["600", "600", "600"]);
  expect(modeOf(folder)).toBe("755");
});

const noMigrations = { ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP: "false" };

test("without migrations a start on an empty database stops, and says which command makes the tables", async () => {
  const file = scratchFile();
  const { code, reason, message } = await failure(openManager(file, noMigrations));
  expect([code, reason]).toEqual(["INVALID_CONFIGURATION", "MIGRATIONS_PENDING"]);
  expect(message).toContain("ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP=true");
  expect(dump(file)).toEqual({});
});

test("without migrations a start on a database that has the tables works", async () => {
  const file = scratchFile();
  await makeDatabase(file);
  const manager = await openManager(file, noMigrations);
  await manager.create("a", { token: "x" });
  expect(await manager.has("a")).toBe(true);
});

test("migrations of a newer version are left alone, also while ours are still to run", async () => {
  const file = scratchFile();
  await makeDatabase(file);
  execute(
    file,
    "INSERT INTO archestra_secrets_migrations VALUES ('0099-of-a-newer-version', '2020-01-01T00:00:00.000Z')",
  );
  await makeDatabase(file);

  execute(file, "DELETE FROM archestra_secrets_migrations WHERE name LIKE '0001%'");
  execute(file, "DROP TABLE archestra_secrets");
  execute(file, "DROP TABLE archestra_secrets_keys");
  await makeDatabase(file);
  const names = query<{ name: string }>(file, "SELECT name FROM archestra_secrets_migrations ORDER BY name");
  expect(names.map(({ name }) => name)).toEqual(["0001-secrets-and-keys", "0099-of-a-newer-version"]);
});

const strict = { ARCHESTRA_SECRETS_STRICT: "true" };

test("strict mode wants the embedded database asked for, and makes nothing", async () => {
  const folder = scratchFolder();
  const agent = await startAgent(folder);
  const { failure: refused } = await agent.try("open", { ARCHESTRA_AUTH_SECRET: defaultKey, ...strict });
  expect([refused?.code, refused?.reason]).toEqual(["INVALID_CONFIGURATION", "EMBEDDED_DATABASE"]);
  expect(refused?.message).toContain("ARCHESTRA_DATABASE_URL=sqlite:");
  expect(folderState(folder)).toEqual({});
});

test("a short secret is warned of, and refused in strict mode before a file is made", async () => {
  const short = { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: "under thirty-two characters" };
  const file = scratchFile();
  const logger = recordedLogger();
  await openManager(file, short, { logger });
  expect(logger.warnings.map(({ fields }) => fields)).toEqual([
    {
      code: "ARCHESTRA_SECRETS_WEAK_SECRET",
      variable: "ARCHESTRA_SECRETS_ENCRYPTION_SECRET",
      length: short.ARCHESTRA_SECRETS_ENCRYPTION_SECRET.length,
    },
  ]);
  expect(logger.warnings[0]?.message).not.toContain(short.ARCHESTRA_SECRETS_ENCRYPTION_SECRET);

  const folder = scratchFolder();
  const refused = await failure(openManager(join(folder, "secrets.db"), { ...short, ...strict }));
  expect([refused.code, refused.reason]).toEqual(["INVALID_CONFIGURATION", "WEAK_SECRET"]);
  expect(folderState(folder)).toEqual({});
});
