import { expect, test } from "vitest";
import { startAgents } from "../support/agents.ts";
import { failure, failureCode } from "../support/failure.ts";
import { encryptV1, importRows } from "../support/imported-rows.ts";
import { defaultKey, fileEnvironment, makeDatabase, openManager } from "../support/open-manager.ts";
import { plantedKey, plantedValue } from "../support/planted.ts";
import { dump, execute, openRaw, query, rawRow } from "../support/raw-database.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { scratchFile } from "../support/scratch-folder.ts";
import { beforeStatement } from "../support/statements.ts";

/** A database that is ready and holds no secret. */
async function emptyDatabase(): Promise<string> {
  const file = scratchFile();
  await makeDatabase(file);
  return file;
}

const plaintextRows = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `brought/${index}`, value: plantedValue() }));

const asText = (rows: { name: string; value: object }[]) =>
  rows.map(({ name, value }) => ({ name, value: JSON.stringify(value) }));

test.each(["TEXT", "JSON"])(
  "rows imported from a %s column by the documented statement are encrypted by the next start",
  async (type) => {
    const file = await emptyDatabase();
    const rows = plaintextRows(3);
    importRows(file, asText(rows), type);
    const logger = recordedLogger();
    const manager = await openManager(file, {}, { logger });
    expect(logger.warnings.map(({ fields }) => fields)).toEqual([
      { code: "ARCHESTRA_SECRETS_ENCRYPTED_AT_START", plaintext: 3, v1: 0 },
    ]);
    for (const { name, value } of rows) expect((await manager.get(name))?.value).toEqual(value);
    expect(rawRow(file, "brought/0").version).toBe(1);
    await manager.close();

    const quiet = recordedLogger();
    await openManager(file, {}, { logger: quiet });
    expect(quiet.warnings).toEqual([]);
  },
);

test("Archestra's v1 envelopes under any key of the ring are encrypted again by a start and refused afterwards", async () => {
  const file = await emptyDatabase();
  const legacy = plantedKey();
  const [current, previous] = [plantedValue(), plantedValue()];
  importRows(file, [
    { name: "current", value: encryptV1(current, defaultKey) },
    { name: "previous", value: encryptV1(previous, legacy) },
  ]);
  const manager = await openManager(file, { ARCHESTRA_AUTH_SECRET: legacy });
  expect((await manager.get("current"))?.value).toEqual(current);
  expect((await manager.get("previous"))?.value).toEqual(previous);
  expect(rawRow(file, "previous").value).toContain('{"__encrypted":"v2:');

  execute(file, "UPDATE archestra_secrets SET value = ?, key_id = NULL", encryptV1(current, defaultKey));
  expect(await failureCode(manager.get("current"))).toBe("DECRYPTION_FAILED PLAINTEXT_REJECTED");
});

test("a row that cannot be encrypted stays as it is, is counted, and fails when it is read", async () => {
  const file = await emptyDatabase();
  const sealing = await openManager(file);
  await sealing.create("unbound", plantedValue());
  await sealing.close();
  execute(file, "UPDATE archestra_secrets SET key_id = NULL");
  importRows(file, [
    { name: "foreign-v1", value: encryptV1(plantedValue(), plantedKey()) },
    { name: "newer", value: '{"__encrypted":"v9:something"}' },
    { name: "damaged", value: '{"__encrypted":"v2:something"}' },
    { name: "array", value: '["token"]' },
    { name: "text", value: "no JSON" },
    { name: "good", value: JSON.stringify(plantedValue()) },
  ]);
  const before = dump(file).archestra_secrets as { name: string }[];
  const logger = recordedLogger();
  const manager = await openManager(file, {}, { logger });
  expect(logger.warnings.map(({ fields }) => fields)).toEqual([
    { code: "ARCHESTRA_SECRETS_ENCRYPTED_AT_START", plaintext: 1, v1: 0 },
    { code: "ARCHESTRA_SECRETS_NOT_ENCRYPTED_AT_START", undecryptableV1: 1, unusable: 5 },
  ]);
  const reasons: Record<string, string> = {};
  for (const { name } of before.filter(({ name }) => name !== "good")) {
    reasons[name] = (await failure(manager.get(name))).reason ?? "none";
  }
  expect(reasons).toEqual({
    unbound: "TAMPERED",
    "foreign-v1": "PLAINTEXT_REJECTED",
    newer: "UNSUPPORTED_ENVELOPE",
    damaged: "UNSUPPORTED_ENVELOPE",
    array: "UNSUPPORTED_ENVELOPE",
    text: "UNSUPPORTED_ENVELOPE",
  });
  const after = dump(file).archestra_secrets as { name: string }[];
  const untouched = (rows: { name: string }[]) => rows.filter(({ name }) => name !== "good");
  expect(untouched(after)).toEqual(untouched(before));
});

test("a row that a live writer changed between the sweep's reading and writing keeps what the writer wrote", async () => {
  const file = await emptyDatabase();
  const writer = await openManager(file);
  const newer = plantedValue();
  await writer.create("a", newer);
  const { value, key_id: keyId } = rawRow(file, "a");
  execute(file, "UPDATE archestra_secrets SET value = ?, key_id = NULL", JSON.stringify(plantedValue()));
  const raw = openRaw(file);
  using interleaving = beforeStatement(/^begin immediate/i, () => {
    // What the writer's statement leaves, put there at the one moment that matters.
    raw
      .prepare("UPDATE archestra_secrets SET value = ?, key_id = ?, version = version + 1")
      .run(value, keyId);
  });
  const logger = recordedLogger();
  const sweeping = await openManager(file, {}, { logger });
  expect(interleaving.isDone).toBe(true);
  expect(logger.codes).toEqual([]);
  expect(rawRow(file, "a")).toMatchObject({ value, key_id: keyId, version: 2 });
  expect((await sweeping.get("a"))?.value).toEqual(newer);
});

test("a row that is imported again between the sweep's read and write keeps its new value", async () => {
  const file = await emptyDatabase();
  const [first, second] = [plantedValue(), plantedValue()];
  importRows(file, [{ name: "a", value: JSON.stringify(first) }]);
  const raw = openRaw(file);
  using interleaving = beforeStatement(/^begin immediate/i, () => {
    raw.prepare("UPDATE archestra_secrets SET value = ?").run(JSON.stringify(second));
  });
  await makeDatabase(file);
  expect(interleaving.isDone).toBe(true);
  const manager = await openManager(file);
  expect((await manager.get("a"))?.value).toEqual(second);
});

test("several processes that sweep at once encrypt each row once, and count each once", async () => {
  const file = await emptyDatabase();
  const rows = plaintextRows(1_000);
  importRows(file, asText(rows));
  const agents = await startAgents(4);
  const warnings = await Promise.all(agents.map((agent) => agent.do("open", fileEnvironment(file))));
  const counted = warnings.flat().reduce((sum, fields) => sum + Number(fields.plaintext ?? 0), 0);
  expect(counted).toBe(1_000);
  expect(query(file, "SELECT 1 FROM archestra_secrets WHERE key_id IS NULL")).toEqual([]);
  expect(await agents[3]?.do("get", "brought/999")).toEqual(rows[999]?.value);
});

test("a sweep that was killed continues where it ended", async () => {
  const file = await emptyDatabase();
  const rows = plaintextRows(10_000);
  const unencrypted = () => query(file, "SELECT 1 FROM archestra_secrets WHERE key_id IS NULL").length;
  let left = 0;
  // One that ended before it was killed is no case: again.
  while (left === 0) {
    execute(file, "DELETE FROM archestra_secrets");
    importRows(file, asText(rows));
    const [agent] = await startAgents(1);
    void agent?.try("open", fileEnvironment(file)).catch(() => undefined);
    while (unencrypted() === rows.length) await new Promise(setImmediate);
    await agent?.kill();
    left = unencrypted();
  }
  const logger = recordedLogger();
  const manager = await openManager(file, {}, { logger });
  expect(logger.warnings[0]?.fields).toMatchObject({ plaintext: left });
  const results = await manager.getMany(rows.map(({ name }) => name));
  expect([...results.values()].every(({ status }) => status === "found")).toBe(true);
});

test("no statement of a start walks the table or sorts it, whether or not there is something to encrypt", async () => {
  const file = await emptyDatabase();
  const sealing = await openManager(file);
  await sealing.create("sealed", plantedValue());
  await sealing.close();
  importRows(file, asText(plaintextRows(3)));
  const statements = new Set<string>();
  using _ = beforeStatement(
    /from "?archestra_secrets"?\b/i,
    (sql) => statements.add(sql),
    Number.POSITIVE_INFINITY,
  );
  await makeDatabase(file);
  await makeDatabase(file);
  const plans = [...statements].map((sql) => {
    const parameters = Array.from({ length: sql.split("?").length - 1 }, () => 1);
    const plan = query<{ detail: string }>(file, `EXPLAIN QUERY PLAN ${sql}`, ...parameters);
    return plan.map(({ detail }) => detail).join("; ");
  });
  expect(plans.length).toBeGreaterThanOrEqual(3);
  for (const plan of plans) {
    expect(plan).toMatch(/archestra_secrets_(key_id|transition|manager)\b|INDEX \S+ \(id=\?\)/);
    expect(plan).not.toMatch(/SCAN archestra_secrets\b|TEMP B-TREE/);
  }
});

test.each(["name", "value"])(
  "bytes in the column of the %s are refused when they are imported, not when they are read",
  async (column) => {
    const file = await emptyDatabase();
    const bytes = column === "name" ? "x'6162', '{}'" : "'a', x'7b7d'";
    expect(() => execute(file, `INSERT INTO archestra_secrets (name, value) SELECT ${bytes}`)).toThrow(
      `typeof("${column}") = 'text'`,
    );
    execute(
      file,
      "INSERT INTO archestra_secrets (name, value) SELECT CAST(x'6162' AS TEXT), CAST(x'7b7d' AS TEXT)",
    );
    const manager = await openManager(file);
    expect((await manager.get("ab"))?.value).toEqual({});
  },
);

test("an import of text with a NUL is refused, since clients cut it there", async () => {
  const file = await emptyDatabase();
  const insert = () =>
    execute(file, "INSERT INTO archestra_secrets (name, value) SELECT 'a' || char(0) || 'b', '{}'");
  expect(insert).toThrow("CHECK constraint failed");
});
