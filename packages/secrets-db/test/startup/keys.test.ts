import { expect, test } from "vitest";
import { startAgents } from "../support/agents.ts";
import { failure, failureCode } from "../support/failure.ts";
import { fileEnvironment, makeDatabase, openManager } from "../support/open-manager.ts";
import { plantedKey, plantedValue } from "../support/planted.ts";
import { dump, execute, openRaw, query, rawRow } from "../support/raw-database.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { scratchFile } from "../support/scratch-folder.ts";

const withKey = (secret: string, more = {}) => ({ ARCHESTRA_SECRETS_ENCRYPTION_SECRET: secret, ...more });
const previously = (secrets: string) => ({ ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: secrets });
const accept = { ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY: "true" };

/** A database with one secret under a key of its own. */
async function encryptedDatabase(): Promise<{ file: string; key: string; value: { token: string } }> {
  const file = scratchFile();
  const key = plantedKey();
  const value = plantedValue();
  const manager = await openManager(file, withKey(key));
  await manager.create("old", value);
  await manager.close();
  return { file, key, value };
}

test("another key stops the start, lists the remedies, and writes nothing", async () => {
  const { file } = await encryptedDatabase();
  const before = dump(file);
  const error = await failure(openManager(file, withKey(plantedKey())));
  expect([error.code, error.reason]).toEqual(["DECRYPTION_FAILED", "KEY_MISMATCH"]);
  let keys = 0;
  const names = ["‹database›", "‹process›"];
  expect(
    error.message.replace(/(?<=: )[\w-]{11}(?=[. ])/g, () => names[keys++] ?? "?"),
  ).toMatchInlineSnapshot(`
    "open (DB): This process has the wrong encryption key for this database. Nothing was written.
    Keys of the database: ‹database›. Keys of this process: ‹process› (the first one writes).
    Ways out:
      1. Restore the secret that was used before in ARCHESTRA_SECRETS_ENCRYPTION_SECRET (or ARCHESTRA_AUTH_SECRET).
      2. To change the key, keep the new one and put the old one into ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: then everything stays readable.
      3. If the old secret is lost, start once with ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY=true. The secrets under it stay unreadable and have to be entered again."
  `);
  expect(dump(file)).toEqual(before);
});

test("a key among the previous ones stays readable, whole or between commas, and the new one writes", async () => {
  const { file, key, value } = await encryptedDatabase();
  const current = plantedKey();
  for (const previous of [key, `${plantedKey()}, ${key},`]) {
    const manager = await openManager(file, withKey(current, previously(previous)));
    expect((await manager.get("old"))?.value).toEqual(value);
    await manager.set("new", plantedValue());
    await manager.close();
  }
  expect(rawRow(file, "new").key_id).not.toBe(rawRow(file, "old").key_id);
  expect(query(file, "SELECT * FROM archestra_secrets_keys")).toHaveLength(2);
});

test("a secret with commas in it is one previous key as a whole", async () => {
  const file = scratchFile();
  const key = `${plantedKey()},${plantedKey()}`;
  const value = plantedValue();
  const old = await openManager(file, withKey(key));
  await old.create("old", value);
  await old.close();
  const manager = await openManager(file, withKey(plantedKey(), previously(key)));
  expect((await manager.get("old"))?.value).toEqual(value);
});

test("the auth secret is in the ring whenever it is set", async () => {
  const file = scratchFile();
  const authSecret = { ARCHESTRA_AUTH_SECRET: plantedKey() };
  const value = plantedValue();
  const old = await openManager(file, { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: undefined, ...authSecret });
  await old.create("old", value);
  await old.close();
  const manager = await openManager(file, { ...withKey(plantedKey()), ...authSecret });
  expect((await manager.get("old"))?.value).toEqual(value);
});

test("writing a secret again moves it to the current key and keeps its identity", async () => {
  const { file, key } = await encryptedDatabase();
  const before = rawRow(file, "old");
  const manager = await openManager(file, withKey(plantedKey(), previously(key)));
  await manager.update("old", plantedValue());
  const after = rawRow(file, "old");
  expect(after.id).toBe(before.id);
  expect(after.key_id).not.toBe(before.key_id);
});

test("encrypted rows without any canary stop the start with the wrong-key error, for every key", async () => {
  const { file, key } = await encryptedDatabase();
  execute(file, "DELETE FROM archestra_secrets_keys");
  expect(await failureCode(openManager(file, withKey(key)))).toBe("DECRYPTION_FAILED KEY_MISMATCH");
  expect(query(file, "SELECT * FROM archestra_secrets_keys")).toEqual([]);
});

test("a canary that was changed proves nothing", async () => {
  const { file, key } = await encryptedDatabase();
  const strangers = await encryptedDatabase();
  const [stranger] = query<{ canary: string }>(strangers.file, "SELECT canary FROM archestra_secrets_keys");
  execute(file, "UPDATE archestra_secrets_keys SET canary = ?", stranger?.canary ?? "");
  expect(await failureCode(openManager(file, withKey(key)))).toBe("DECRYPTION_FAILED KEY_MISMATCH");
});

test("a new key can be accepted for one start: secrets under older keys fail by name, and the others work", async () => {
  const { file, key, value } = await encryptedDatabase();
  const current = plantedKey();
  const oldKeyId = rawRow(file, "old").key_id;
  const logger = recordedLogger();
  const first = await openManager(file, withKey(current, accept), { logger });
  expect(logger.codes).toEqual(["ARCHESTRA_SECRETS_NEW_KEY_ACCEPTED", "ARCHESTRA_SECRETS_UNKNOWN_KEY"]);
  expect(logger.warnings[1]?.fields).toMatchObject({ keyId: oldKeyId, count: 1 });
  await first.close();

  const manager = await openManager(file, withKey(current));
  await manager.create("new", value);
  expect((await manager.get("new"))?.value).toEqual(value);
  const error = await failure(manager.get("old"));
  expect([error.code, error.reason]).toEqual(["DECRYPTION_FAILED", "UNDECRYPTABLE"]);
  expect(error.message).toContain(String(oldKeyId));
  expect(error.message).toContain("ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS");
  expect(await manager.has("old")).toBe(true);
  const health = await manager.check({ count: true });
  expect(health).toMatchObject({ status: "degraded", count: 2, problems: [{ reason: "UNDECRYPTABLE" }] });
  expect(health.problems[0]?.message).toContain(String(oldKeyId));
  await manager.close();

  const both = await openManager(file, withKey(current, previously(key)));
  expect((await both.get("old"))?.value).toEqual(value);
  expect((await both.check()).status).toBe("healthy");
});

test("of two first starts with different keys one wins, and the other reports that its key is wrong", async () => {
  const agents = await startAgents(2);
  for (let round = 0; round < 25; round++) {
    const file = scratchFile();
    const outcomes = await Promise.all(
      agents.map((agent) => agent.try("open", fileEnvironment(file, withKey(plantedKey())))),
    );
    const reasons = outcomes.map((outcome) => outcome.failure?.reason ?? "opened");
    expect(reasons.sort()).toEqual(["KEY_MISMATCH", "opened"]);
    expect(query(file, "SELECT * FROM archestra_secrets_keys")).toHaveLength(1);
    await Promise.all(agents.map((agent) => agent.do("close")));
  }
});

test("one wins and the other reports its wrong key when both have seen that no key is registered, and wait for the lock", async () => {
  const agents = await startAgents(2);
  for (let round = 0; round < 20; round++) {
    const file = scratchFile();
    await makeDatabase(file);
    execute(file, "DELETE FROM archestra_secrets_keys");
    const lock = openRaw(file);
    lock.exec("BEGIN IMMEDIATE");
    const starts = agents.map((agent) => agent.try("open", fileEnvironment(file, withKey(plantedKey()))));
    await Promise.all(agents.map((agent) => agent.do("waitForRetry")));
    lock.exec("COMMIT");
    const reasons = (await Promise.all(starts)).map((outcome) => outcome.failure?.reason ?? "opened");
    expect(reasons.sort()).toEqual(["KEY_MISMATCH", "opened"]);
    expect(query(file, "SELECT * FROM archestra_secrets_keys")).toHaveLength(1);
    await Promise.all(agents.map((agent) => agent.do("close")));
  }
});
