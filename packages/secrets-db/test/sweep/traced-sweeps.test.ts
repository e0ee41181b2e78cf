import { createSecretsManager, type MoveEvent, type SweepEvent } from "@archestra/secrets-core";
import { recordEnds } from "@archestra/test-harness/recorded-events";
import { expect, onTestFinished, test } from "vitest";
import { dbPlugin, moveDatabase } from "../../src/index.ts";
import { sqliteDatabase } from "../support/each-database.ts";
import { importCounters } from "../support/imported-rows.ts";
import { startManager } from "../support/open-manager.ts";
import { rollouts, startRotation } from "../support/open-rotation.ts";
import { plantedKey, plantedValue } from "../support/planted.ts";

const ended = { outcome: "success", duration: expect.any(Number) };

test("a start that encrypts imported rows publishes the sweep, and one that finds none does not", async () => {
  const database = sqliteDatabase();
  await (await startManager(database.environment())).close();
  await importCounters(database, 300);
  const { events } = recordEnds<SweepEvent>("sweep");
  await startManager(database.environment());
  await startManager(database.environment());

  expect(events).toEqual([
    { manager: "DB", purpose: "encrypt", isBackground: false, changed: 300, failed: 0, ...ended },
  ]);
});

test("a rotation publishes its sweep, a dry run does not, and one in the background says so", async () => {
  const database = sqliteDatabase();
  const step = rollouts(plantedKey(), plantedKey());
  const old = await startManager(database.environment(step.old));
  await old.create("a", plantedValue());
  await old.close();
  const { events, next } = recordEnds<SweepEvent>("sweep");
  const rotation = await startRotation(database.environment(step.promoted));
  await rotation.sweep({ dryRun: true });
  expect(events).toEqual([]);
  await rotation.sweep();
  const swept = { manager: "DB", purpose: "rotate", changed: 1, failed: 0, ...ended };
  expect(events).toEqual([{ ...swept, isBackground: false }]);

  const other = sqliteDatabase();
  const before = await startManager(other.environment(step.old));
  await before.create("a", plantedValue());
  await before.close();
  const published = next();
  const manager = await createSecretsManager({
    plugins: [dbPlugin({ sweepDelay: 0 })],
    env: other.environment(step.promoted),
    logger: { warn: () => {} },
  });
  onTestFinished(() => manager.close());
  await published;
  expect(events.at(-1)).toEqual({ ...swept, isBackground: true });
});

test("a move to another database publishes its end with the number of rows", async () => {
  const [from, to] = [sqliteDatabase(), sqliteDatabase()];
  const manager = await startManager(from.environment());
  await manager.create("a", plantedValue());
  await manager.close();
  const { events } = recordEnds<MoveEvent>("move");
  const urlOf = ({ environment }: typeof from) => ({ url: environment().ARCHESTRA_DATABASE_URL ?? "" });
  await moveDatabase({ from: urlOf(from), to: urlOf(to) });

  expect(events).toEqual([
    { operation: "moveDatabase", manager: "DB", done: 1, skipped: 0, failed: 0, ...ended },
  ]);
});
