import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { deriveEncryptionKey } from "../../src/encryption/encryption-key.ts";
import { openRotation } from "../../src/index.ts";
import { describeEachDatabase, type TestDatabase } from "../support/each-database.ts";
import { failure, failureCode } from "../support/failure.ts";
import { encryptV1 } from "../support/imported-rows.ts";
import { fileEnvironment, openManager, startManager } from "../support/open-manager.ts";
import { rollouts, startRotation } from "../support/open-rotation.ts";
import { plantedKey, plantedValue, showsPlantedText } from "../support/planted.ts";
import { execute, folderState } from "../support/raw-database.ts";
import { scratchFile, scratchFolder } from "../support/scratch-folder.ts";

const [oldSecret, newSecret] = [plantedKey(), plantedKey()];
const [oldKey, newKey] = [deriveEncryptionKey(oldSecret).id, deriveEncryptionKey(newSecret).id];
const step = rollouts(oldSecret, newSecret);

/** A database with a row in every state, and what a survey with the promoted ring says of each. */
async function everyState(database: TestDatabase) {
  const old = await startManager(database.environment(step.old));
  await old.create("old", plantedValue());
  await old.close();
  const manager = await startManager(database.environment(step.promoted));
  for (const name of ["readable", "stranger", "cut", "renamed", "column", "nulled", "later", "replaced"])
    await manager.create(name, plantedValue());
  const bring = (name: string, value: string) =>
    database.query("INSERT INTO archestra_secrets (name, value) VALUES ($1, $2)", name, value);
  await bring("plaintext", JSON.stringify(plantedValue()));
  await bring("v1", encryptV1(plantedValue(), oldSecret));
  await bring("v1-unopened", encryptV1(plantedValue(), plantedKey()));
  await bring("no-object", "[1]");
  await bring("no-json", "x");
  const edit = (name: string, assignment: string) =>
    database.query(`UPDATE archestra_secrets SET ${assignment} WHERE name = '${name}'`);
  await edit("stranger", `value = replace(value, '${newKey}', 'AAAAAAAAAAA'), key_id = 'AAAAAAAAAAA'`);
  await edit("cut", "value = substr(value, 1, 90)");
  await edit("renamed", "name = 'renamed-2'");
  await edit("column", `key_id = '${oldKey}'`);
  await edit("nulled", "key_id = NULL");
  await edit("later", "value = replace(value, 'v2:', 'v9:')");
  await edit("replaced", `value = '{"token":"x"}'`);
  await database.query(
    "INSERT INTO archestra_secrets (name, manager, path) VALUES ('entry', 'VAULT', 'secret/data/x')",
  );
  return {
    column: { state: "tampered", keyId: oldKey, opens: false },
    cut: { state: "malformed", keyId: newKey, opens: false },
    later: { state: "malformed", keyId: newKey, opens: false },
    "no-json": { state: "malformed", keyId: null, opens: false },
    "no-object": { state: "malformed", keyId: null, opens: false },
    nulled: { state: "tampered", keyId: null, opens: false },
    old: { state: "old-key", keyId: oldKey, opens: true },
    plaintext: { state: "plaintext", keyId: null, opens: true },
    readable: { state: "readable", keyId: newKey, opens: true },
    "renamed-2": { state: "tampered", keyId: newKey, opens: false },
    replaced: { state: "tampered", keyId: newKey, opens: false },
    stranger: { state: "unknown-key", keyId: "AAAAAAAAAAA", opens: false },
    v1: { state: "v1", keyId: null, opens: true },
    "v1-unopened": { state: "v1", keyId: null, opens: false },
  };
}

describeEachDatabase("a survey", (create) => {
  test("reports the state of every row and shows no value", async () => {
    const database = await create();
    const expected = await everyState(database);
    const rotation = await startRotation(database.environment(step.promoted));
    const rows = await Array.fromAsync(rotation.survey());
    const found = Object.fromEntries(rows.map(({ name, ...rest }) => [name, rest]));
    expect(found).toEqual(expected);
    expect(showsPlantedText(JSON.stringify(rows))).toBe(false);
  });

  test("and a verification agree, and name the rows that cannot be decrypted", async () => {
    const database = await create();
    await everyState(database);
    const rotation = await startRotation(database.environment(step.promoted));
    const report = await rotation.verify();
    expect(report).toMatchObject({
      verified: false,
      rows: 14,
      states: {
        readable: 1,
        "old-key": 1,
        "unknown-key": 1,
        plaintext: 1,
        v1: 2,
        malformed: 4,
        tampered: 4,
      },
    });
    expect(report.exceptions).toHaveLength(13);
    const { unencrypted, next } = await rotation.status();
    expect(unencrypted).toBe(6);
    expect(next).toMatchObject({ action: "add-previous-key", keyId: "AAAAAAAAAAA" });
  });

  test("ends by its signal", async () => {
    const database = await create();
    await (await startManager(database.environment())).close();
    const values = Array.from({ length: 600 }, (_, index) => `('n/${index}', '{"n":${index}}')`);
    await database.query(`INSERT INTO archestra_secrets (name, value) VALUES ${values.join(", ")}`);
    const rotation = await startRotation(database.environment());
    const abort = new AbortController();
    let rows = 0;
    const survey = async () => {
      for await (const _ of rotation.survey({ signal: abort.signal })) {
        rows++;
        abort.abort();
      }
    };
    expect(await failureCode(survey())).toBe("ABORTED");
    expect(rows).toBe(1);
  });
});

test("a survey reads a backup with the wrong key and no application, and leaves it as it is", async () => {
  const file = scratchFile();
  const manager = await openManager(file);
  await manager.create("a", plantedValue());
  await manager.close();
  const folder = scratchFolder();
  const backup = join(folder, "backup.db");
  copyFileSync(file, backup);
  execute(backup, "SELECT 1");
  const before = folderState(folder);
  const wrong = fileEnvironment(backup, { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: plantedKey() });
  await using rotation = await openRotation({}, { env: wrong });
  expect((await Array.fromAsync(rotation.survey())).map(({ state }) => state)).toEqual(["unknown-key"]);
  await rotation.close();
  const databaseOf = (state: Record<string, string>) => state[backup]?.split(" ")[1];
  expect(databaseOf(folderState(folder))).toBe(databaseOf(before));
});

test("a rotation makes no database and no tables", async () => {
  const file = scratchFile();
  const absent = await failure(openRotation({}, { env: fileEnvironment(file) }));
  expect([absent.code, absent.reason]).toEqual(["INVALID_CONFIGURATION", "MIGRATIONS_PENDING"]);
  expect(existsSync(file)).toBe(false);
  execute(file, "CREATE TABLE other (x)");
  const empty = await failure(openRotation({}, { env: fileEnvironment(file) }));
  expect([empty.code, empty.reason]).toEqual(["INVALID_CONFIGURATION", "MIGRATIONS_PENDING"]);
  const unset = await failure(openRotation({}, { env: {} }));
  expect(unset.message).toContain("ARCHESTRA_SECRETS_ENCRYPTION_SECRET");
  await expect(openRotation({ nonsense: 1 } as never)).rejects.toThrow(TypeError);
});
