import { expect, test } from "vitest";
import { startAgents } from "../support/agents.ts";
import { importRows } from "../support/imported-rows.ts";
import { fileEnvironment, makeDatabase, openManager } from "../support/open-manager.ts";
import { plantedText, plantedValue } from "../support/planted.ts";
import {
  execute,
  filesThatHold,
  filesThatHoldEach,
  openRaw,
  query,
  rawRow,
} from "../support/raw-database.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { scratchFile } from "../support/scratch-folder.ts";

/** Rows of many lengths, so that SQLite moves them between pages when they are brought, and when they are sealed. */
function rowsOf(count: number): { name: string; value: { token: string; padding: string } }[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `brought/${(index * 7919) % count}`,
    value: { ...plantedValue(), padding: "0".repeat((index * 37) % 600) },
  }));
}

async function databaseWith(rows: readonly { name: string; value: object }[]): Promise<string> {
  const file = scratchFile();
  await makeDatabase(file);
  importRows(
    file,
    rows.map(({ name, value }) => ({ name, value: JSON.stringify(value) })),
  );
  return file;
}

const remains = (file: string, rows: readonly { value: { token: string } }[]) =>
  filesThatHoldEach(
    file,
    rows.map(({ value }) => value.token),
  ).filter((files) => files.length > 0).length;

test("no byte of plaintext is left in any file, also while another connection and another process are open", async () => {
  const rows = rowsOf(2_000);
  const file = await databaseWith(rows);
  expect(remains(file, rows)).toBe(2_000);
  const reader = openRaw(file);
  expect(reader.prepare("SELECT count(*) AS count FROM archestra_secrets").get()).toEqual({ count: 2_000 });
  const manager = await openManager(file);
  expect(remains(file, rows)).toBe(0);
  expect((await manager.get(rows[1_234]?.name ?? ""))?.value).toEqual(rows[1_234]?.value);
});

test("no byte of plaintext is left when several processes swept the database together", async () => {
  const rows = rowsOf(1_000);
  const file = await databaseWith(rows);
  const agents = await startAgents(3);
  await Promise.all(agents.map((agent) => agent.do("open", fileEnvironment(file))));
  expect(remains(file, rows)).toBe(0);
});

test("a reader that keeps the log in use causes a warning, and the plaintext is erased when it ends", async () => {
  const rows = rowsOf(20);
  const file = await databaseWith(rows);
  const reader = openRaw(file);
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM archestra_secrets").get();
  const logger = recordedLogger();
  const manager = await openManager(file, {}, { logger });
  expect(logger.codes).toEqual(["ARCHESTRA_SECRETS_ENCRYPTED_AT_START", "ARCHESTRA_SECRETS_LOG_NOT_EMPTIED"]);
  reader.exec("COMMIT");
  reader.close();
  await manager.close();
  expect(remains(file, rows)).toBe(0);
});

test("a file with tables of the application is not vacuumed: their rows keep their numbers", async () => {
  const file = await databaseWith(rowsOf(20));
  execute(file, "CREATE TABLE applications_own (word TEXT)");
  for (const word of ["one", "two", "three"]) execute(file, "INSERT INTO applications_own VALUES (?)", word);
  execute(file, "DELETE FROM applications_own WHERE word = 'one'");
  const numbers = () => query(file, "SELECT rowid, word FROM applications_own");
  const before = numbers();
  await makeDatabase(file);
  expect(numbers()).toEqual(before);
});

test("what is overwritten or deleted is zeroed in the file, also without a vacuum", async () => {
  const rows = rowsOf(1);
  const file = await databaseWith(rows);
  execute(file, "CREATE TABLE applications_own (word TEXT)");
  const manager = await openManager(file);
  await manager.create("deleted", plantedValue());
  const [envelope = ""] = rawRow(file, "deleted").value.match(/[\w-]{60,}/) ?? [];
  await manager.close();
  expect(remains(file, rows)).toBe(0);
  expect(filesThatHold(file, envelope)).toEqual([""]);
  const again = await openManager(file);
  await again.delete("deleted");
  await again.close();
  expect(filesThatHold(file, envelope)).toEqual([]);
});

test("a start that finds nothing to encrypt rewrites nothing, even if some rows cannot be encrypted", async () => {
  const file = await databaseWith([]);
  importRows(file, [{ name: "damaged", value: plantedText() }]);
  execute(file, "CREATE TABLE archestra_secrets_gap (filling TEXT)");
  execute(file, "INSERT INTO archestra_secrets_gap VALUES (?)", "x".repeat(100_000));
  execute(file, "DROP TABLE archestra_secrets_gap");
  const freePages = () => query(file, "PRAGMA freelist_count");
  const before = freePages();
  expect(before).not.toEqual([{ freelist_count: 0 }]);
  await makeDatabase(file);
  expect(freePages()).toEqual(before);
});
