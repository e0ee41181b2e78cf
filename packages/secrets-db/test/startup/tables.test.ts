import { join } from "node:path";
import { expect, test } from "vitest";
import { migrations } from "../../src/migrations/migrations.ts";
import { startAgents } from "../support/agents.ts";
import { failure } from "../support/failure.ts";
import { fileEnvironment, makeDatabase, openManager } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { dump, execute, folderState, query } from "../support/raw-database.ts";
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

const noMigrations = { ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP: "false" };

test("without migrations a start on an empty database stops, and says which command makes the tables", async () => {
  const file = scratchFile();
  execute(file, "CREATE TABLE of_the_application (id INTEGER)");
  const before = dump(file);
  const { code, reason, message } = await failure(openManager(file, noMigrations));
  expect([code, reason]).toEqual(["INVALID_CONFIGURATION", "MIGRATIONS_PENDING"]);
  expect(message).toContain("ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP=true");
  expect(dump(file)).toEqual(before);
});

test("without migrations a path that names no file makes none", async () => {
  const folder = scratchFolder();
  const error = await failure(openManager(join(folder, "typing-error", "secrets.db"), noMigrations));
  expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "MIGRATIONS_PENDING"]);
  expect(folderState(folder)).toEqual({});
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

test("a database without the newest migration is not treated as ready", async () => {
  const file = scratchFile();
  await makeDatabase(file);
  const newest = Object.keys(migrations).sort().at(-1) ?? "";
  execute(file, "DELETE FROM archestra_secrets_migrations WHERE name = ?", newest);
  const { reason } = await failure(openManager(file, noMigrations));
  expect(reason).toBe("MIGRATIONS_PENDING");
});
