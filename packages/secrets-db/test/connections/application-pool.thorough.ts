import { createSecretsManager, migrateSecrets } from "@archestra/secrets-core";
import { expect, onTestFinished, test } from "vitest";
import { dbPlugin, openRotation } from "../../src/index.ts";
import { ApplicationPool, startManagerOn } from "../support/application-pool.ts";
import { createWhatExists, eachChange } from "../support/each-change.ts";
import { externalPlugin } from "../support/external-plugin.ts";
import { failureCode } from "../support/failure.ts";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { rollouts } from "../support/open-rotation.ts";
import { outcome } from "../support/outcome.ts";
import { plantedKey, plantedValue } from "../support/planted.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const everything = "SELECT * FROM archestra_secrets ORDER BY name";
/** Of which a fifth is left for the return to the caller, on a busy machine. */
const TIMEOUT = 2_000;

const sixteen = Array.from({ length: 16 }, (_, index) => `deleted/${index}`);

/** A database, a pool of the application, and a manager over it whose calls end soon. */
async function exhausted(max: number, timeout = TIMEOUT) {
  const { url, query } = await postgresDatabase();
  const pool = new ApplicationPool(url, max);
  const manager = await startManagerOn(pool.kysely, { timeout });
  await createWhatExists(manager);
  await pool.holdAll();
  const before = await query(everything);
  /** Lets everything go on that waits for a connection, and expects that it changes nothing. */
  const expectNothingChanged = async () => {
    await pool.release();
    await pool.quiet();
    expect(await query(everything)).toEqual(before);
  };
  return { url, query, pool, manager, expectNothingChanged };
}

/** Waits until so many callers wait for a connection. */
async function waiters(pool: ApplicationPool, count: number): Promise<void> {
  while (pool.waiting < count) await new Promise((resolve) => setTimeout(resolve, 1));
}

describePostgres("an application's pool whose connections are all in transactions of its own", () => {
  for (const max of [1, 3]) {
    test(`every change on a pool of ${max} is TIMEOUT at its deadline, and never happens`, async () => {
      const { manager, expectNothingChanged } = await exhausted(max);
      const outcomes = eachChange.map(async ({ kind, run }) => [kind, await failureCode(run(manager, kind))]);
      expect(await Promise.all(outcomes)).toEqual(eachChange.map(({ kind }) => [kind, "TIMEOUT"]));
      await expectNothingChanged();
    });
  }

  test("every change is ABORTED by its signal at once, and never happens", async () => {
    const { pool, manager, expectNothingChanged } = await exhausted(1, 60_000);
    const { signal, abort } = abortable();
    const outcomes = eachChange.map(async ({ kind, run }) => [
      kind,
      await failureCode(run(manager, kind, { signal })),
    ]);
    await waiters(pool, 1);
    const abortedAt = performance.now();
    abort();
    expect(await Promise.all(outcomes)).toEqual(eachChange.map(({ kind }) => [kind, "ABORTED"]));
    // Far less than the reserve of a call, which is five seconds here.
    expect(performance.now() - abortedAt).toBeLessThan(4_000);
    await expectNothingChanged();
  });

  test("every change that waits when the manager is closed is ABORTED, and never happens", async () => {
    const { pool, manager, expectNothingChanged } = await exhausted(1, 60_000);
    const outcomes = eachChange.map(async ({ kind, run }) => [kind, await failureCode(run(manager, kind))]);
    await waiters(pool, 1);
    await manager.close({ timeout: 0 });
    expect(await Promise.all(outcomes)).toEqual(eachChange.map(({ kind }) => [kind, "ABORTED"]));
    await expectNothingChanged();
  });

  test("a change that was TIMEOUT does not happen after the manager was closed either", async () => {
    const { manager, expectNothingChanged } = await exhausted(1);
    expect(await failureCode(manager.delete("delete"))).toBe("TIMEOUT");
    await manager.close();
    await expectNothingChanged();
  });

  test("a deletion that was TIMEOUT leaves a secret alone that another process created since", async () => {
    const { url, pool, manager } = await exhausted(1);
    expect(await failureCode(manager.delete("delete"))).toBe("TIMEOUT");
    const other = await startManager({
      ARCHESTRA_DATABASE_URL: url,
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey,
    });
    await other.delete("delete");
    const value = plantedValue();
    await other.create("delete", value);
    await pool.release();
    await pool.quiet();
    expect((await other.get("delete"))?.value).toEqual(value);
  });

  test("16 deletions over a pool of 10 are TIMEOUT, and none of them happens", async () => {
    const { url, query } = await postgresDatabase();
    const pool = new ApplicationPool(url, 10);
    const manager = await startManagerOn(pool.kysely, { timeout: TIMEOUT });
    for (const name of sixteen) await manager.create(name, { n: 1 });
    await pool.holdAll();
    const codes = await Promise.all(sixteen.map((name) => outcome(manager.delete(name))));
    expect(codes).toEqual(sixteen.map(() => "TIMEOUT"));
    await pool.release();
    await pool.quiet();
    expect(await query(everything)).toHaveLength(16);
  });

  test("of 16 deletions over a pool of 10 that is freed at the deadline, those that failed did not happen", async () => {
    const { url } = await postgresDatabase();
    const pool = new ApplicationPool(url, 10);
    const manager = await startManagerOn(pool.kysely, { timeout: TIMEOUT });
    for (const name of sixteen) await manager.create(name, { n: 1 });
    await pool.holdAll();
    const deletions = sixteen.map((name) => outcome(manager.delete(name)));
    // Calls give up when a fifth of their time is left.
    await new Promise((resolve) => setTimeout(resolve, TIMEOUT * 0.8 - 20));
    for (let held = 10; held > 0; held--) {
      await pool.releaseOne();
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
    const codes = await Promise.all(deletions);
    await pool.quiet();
    for (const [index, code] of codes.entries()) {
      const isThere = await manager.has(`deleted/${index}`);
      // What was sent and not answered in time may have happened or not.
      if (code !== "OUTCOME_UNKNOWN")
        expect([code, isThere]).toEqual(isThere ? ["TIMEOUT", true] : ["done", false]);
    }
  });

  test("a move ends with TIMEOUT for the secrets that are left, and changes nothing afterwards", async () => {
    const { url, query } = await postgresDatabase();
    const pool = new ApplicationPool(url, 1);
    const manager = await createSecretsManager({
      plugins: [dbPlugin({ kysely: pool.kysely }), externalPlugin()],
      manager: "DB",
      env: { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey },
      logger: recordedLogger(),
      timeout: TIMEOUT,
    });
    onTestFinished(() => manager.close({ timeout: 0 }));
    for (const name of ["a", "b", "c"]) await manager.create(name, { n: 1 });
    let held: Promise<void> | undefined;
    const report = await migrateSecrets(manager, {
      to: "OTHER",
      concurrency: 1,
      onProgress: () => {
        held ??= pool.holdAll();
      },
    });
    await held;
    expect(report.failures.map(({ error }) => error.code)).toEqual(
      Array.from({ length: report.failed }, () => "TIMEOUT"),
    );
    expect(report.failed).toBeGreaterThan(0);
    const atItsEnd = await query(everything);
    await pool.release();
    await pool.quiet();
    expect(await query(everything)).toEqual(atItsEnd);
  });

  test("a sweep that is aborted while it waits changes nothing afterwards", async () => {
    const { url, query } = await postgresDatabase();
    const step = rollouts(plantedKey(), plantedKey());
    const first = await startManager({ ARCHESTRA_DATABASE_URL: url, ...step.old });
    for (let index = 0; index < 5; index++) await first.create(`n/${index}`, plantedValue());
    await first.close();
    const pool = new ApplicationPool(url, 1);
    const logger = recordedLogger();
    const rotation = await openRotation({ kysely: pool.kysely }, { env: step.promoted, logger });
    await pool.holdAll();
    const state = async () => [
      await query(everything),
      await query("SELECT * FROM archestra_secrets_keys ORDER BY key_id"),
    ];
    const before = await state();
    const { signal, abort } = abortable();
    const sweep = failureCode(rotation.sweep({ signal }));
    await waiters(pool, 1);
    abort();
    expect(await sweep).toBe("ABORTED");
    const closed = rotation.close();
    await pool.release();
    await pool.quiet();
    await closed;
    expect(await state()).toEqual(before);
  });
});

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
