import { copyFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { failureCode } from "../support/failure.ts";
import { fileEnvironment, makeDatabase, openManager } from "../support/open-manager.ts";
import { startRotation } from "../support/open-rotation.ts";
import { query } from "../support/raw-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";

const REPLACED = "INVALID_CONFIGURATION DATABASE_REPLACED";

describe.each([
  ["deleted", (file: string) => rmSync(file)],
  ["moved", (file: string) => renameSync(file, `${file}.old`)],
  ["replaced by another database", (file: string) => renameSync(`${file}.other`, file)],
  ["replaced by an empty file", (file: string) => [rmSync(file), writeFileSync(file, "")]],
])("a database file that is %s while it is open", (_, replace) => {
  test("refuses every change, still serves reads, and check() reports it", async () => {
    const file = scratchFile();
    await makeDatabase(`${file}.other`);
    const manager = await openManager(file);
    await manager.create("a", { b: "c" });
    expect(await manager.check()).toMatchObject({ status: "healthy" });
    replace(file);
    const changes = {
      create: () => manager.create("new", { b: "d" }),
      set: () => manager.set("a", { b: "d" }),
      update: () => manager.update("a", { b: "d" }),
      delete: () => manager.delete("a"),
    };
    for (const [change, run] of Object.entries(changes)) {
      expect([change, await failureCode(run())]).toEqual([change, REPLACED]);
    }
    expect((await manager.get("a"))?.value).toEqual({ b: "c" });
    const { status, problems } = await manager.check();
    expect(status).toBe("degraded");
    expect(problems.map(({ code, reason }) => `${code} ${reason}`)).toEqual([REPLACED]);
    expect(problems[0]?.message).toContain(file);
  });
});

test("a sweep is refused when the database file was replaced", async () => {
  const file = scratchFile();
  const old = await openManager(file);
  await old.create("a", { b: "c" });
  await old.close();
  const next = "a key that is long enough for every test of this file";
  const { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: previous } = fileEnvironment(file);
  const env = fileEnvironment(file, {
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: next,
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: previous,
  });
  const manager = await openManager(file, env);
  const rotation = await startRotation(env);
  renameSync(file, join(dirname(file), "away.db"));
  expect(await failureCode(rotation.sweep())).toBe(REPLACED);
  await rotation.close();
  await manager.close();
});

test("a database file that is put back is written to again", async () => {
  const file = scratchFile();
  const manager = await openManager(file);
  renameSync(file, `${file}.away`);
  expect(await failureCode(manager.create("a", { b: "c" }))).toBe(REPLACED);
  renameSync(`${file}.away`, file);
  await manager.create("a", { b: "c" });
  expect(await manager.check()).toMatchObject({ status: "healthy" });
  await manager.close();
  copyFileSync(file, `${file}.copy`);
  expect(query(`${file}.copy`, "SELECT name FROM archestra_secrets")).toEqual([{ name: "a" }]);
});
