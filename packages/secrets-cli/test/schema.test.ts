import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { startPostgres } from "@archestra/test-servers/postgres";
import { queryPostgres } from "@archestra/test-servers/postgres-query";
import { obtainOrSkip } from "@archestra/test-servers/server-unavailable";
import { expect, onTestFinished, test } from "vitest";
import { runProgram } from "./support/program.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";

test("the SQL of print and of pending creates the tables of SQLite, and nothing else is on standard output", async () => {
  await using settings = sqliteSettings();
  const { ARCHESTRA_DATABASE_URL: url = "" } = settings.env;
  const printed = await runProgram(["schema", "print", "--dialect", "sqlite"]);
  const database = new DatabaseSync(url.replace("sqlite://", ""));
  database.exec("CREATE TABLE application (id INTEGER)");
  const env = { ARCHESTRA_DATABASE_URL: url };
  const pending = await runProgram(["schema", "pending"], { env });
  database.exec(pending.stdout);
  database.close();
  expect(printed.stdout).toContain("archestra_secrets_keys");
  expect(await runProgram(["schema", "pending"], { env })).toEqual({
    exitCode: 0,
    stdout: "",
    stderr: "No migration is pending.\n",
  });
  const { result } = JSON.parse((await runProgram(["schema", "migrate", "--json"], { env })).stdout);
  expect(result).toEqual({ dryRun: false, migrations: [] });
});

test("wrong arguments of schema end with 64", async () => {
  for (const args of [
    ["print", "--dialect", "mysql"],
    ["print", "--dialect", "sqlite", "--schema", "vault"],
    ["print"],
    ["grants"],
  ]) {
    expect((await runProgram(["schema", ...args])).exitCode, args.join(" ")).toBe(64);
  }
});

test("an owner migrates a schema of PostgreSQL, a role receives the grants, and a database moves there", async ({
  skip,
}) => {
  const server = await obtainOrSkip("the test of schema on PostgreSQL", () =>
    startPostgres({ fsync: "off" }),
  );
  if (server === undefined) return skip();
  onTestFinished(() => server.stop());
  await queryPostgres(server.url, `CREATE ROLE "ap'p" LOGIN`);
  const owner = { ARCHESTRA_DATABASE_URL: `${server.url}?schema=vault` };
  const dryRun = await runProgram(["schema", "migrate", "--dry-run", "--json"], { env: owner });
  const migrated = await runProgram(["schema", "migrate", "--json"], { env: owner });
  const { migrations } = JSON.parse(dryRun.stdout).result;
  expect(migrations.length).toBeGreaterThan(0);
  expect(JSON.parse(migrated.stdout).result).toEqual({ dryRun: false, migrations });
  const { stdout: grants } = await runProgram(["schema", "grants", "--role", "ap'p"], { env: owner });
  expect(grants).toContain(`ON SCHEMA "vault" TO "ap'p"`);
  const asRole = `SET ROLE "ap'p"`;
  const count = "SELECT count(*)::int FROM vault.archestra_secrets";
  expect(await queryPostgres(server.url, grants, asRole, count)).toEqual([{ count: 0 }]);
  const drop = queryPostgres(server.url, asRole, "DROP TABLE vault.archestra_secrets");
  await expect(drop).rejects.toThrow("must be owner");

  await using source = sqliteSettings();
  const manager = await source.open();
  for (const name of ["a", "b"]) await manager.create(name, { token: "planted-value" });
  const target = { ...source.env, ARCHESTRA_DATABASE_URL: `${server.url}?schema=moved` };
  const files = { from: join(source.folder, "from.env"), to: join(source.folder, "to.env") };
  writeFileSync(files.from, `ARCHESTRA_DATABASE_URL=${source.env.ARCHESTRA_DATABASE_URL}\n`);
  writeFileSync(join(source.folder, "url"), `${target.ARCHESTRA_DATABASE_URL}\n`);
  writeFileSync(files.to, `ARCHESTRA_DATABASE_URL_FILE=${join(source.folder, "url")}\n`);
  const args = ["migrate", "database", "--from-env-file", files.from, "--to-env-file", files.to];
  const checked = await runProgram([...args, "--dry-run", "--json"]);
  expect(JSON.parse(checked.stdout).result).toMatchObject({ dryRun: true, continues: false });
  expect(await runProgram([...args, "--dry-run"])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("Nothing was changed."),
  });
  const moved = await runProgram(args);
  expect(moved).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("The target has 2 rows and 1 key."),
  });
  expect(moved.stderr).toContain("The source refuses changes from now on.");
  expect(moved.stdout + moved.stderr).not.toContain("planted-value");
  const { stdout: again } = await runProgram([...args, "--json"]);
  expect(JSON.parse(again).result).toEqual({
    dryRun: false,
    rows: 2,
    keys: 1,
    passes: 0,
    verified: true,
  });
  const opened = await createSecretsManager({ plugins: [dbPlugin()], env: target });
  expect((await opened.get("b"))?.value).toEqual({ token: "planted-value" });
  await opened.close();

  await expect(manager.set("a", { token: "c" })).rejects.toMatchObject({ reason: "DATABASE_MOVED" });
  const release = ["migrate", "release", "--from-env-file", files.from];
  expect((await runProgram(release)).exitCode).toBe(64);
  expect(JSON.parse((await runProgram([...release, "--yes", "--json"])).stdout).result).toEqual({
    released: true,
  });
  await manager.set("a", { token: "c" });
  const missing = await runProgram([...args.slice(0, 3), "/nowhere", ...args.slice(4)]);
  expect(missing).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining("--from-env-file cannot be read"),
  });
});
