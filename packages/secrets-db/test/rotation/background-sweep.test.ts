import { EventEmitter, once } from "node:events";
import { createSecretsManager, type Environment } from "@archestra/secrets-core";
import { expect, onTestFinished, test } from "vitest";
import { deriveEncryptionKey } from "../../src/encryption/encryption-key.ts";
import { dbPlugin } from "../../src/index.ts";
import { describeEachDatabase, type TestDatabase } from "../support/each-database.ts";
import { failure } from "../support/failure.ts";
import { importCounters } from "../support/imported-rows.ts";
import { startManager } from "../support/open-manager.ts";
import { rollouts, startRotation } from "../support/open-rotation.ts";
import { plantedKey, plantedValue } from "../support/planted.ts";
import type { Message } from "../support/recorded-logger.ts";

const [oldSecret, newSecret] = [plantedKey(), plantedKey()];
const newKey = deriveEncryptionKey(newSecret).id;
const step = rollouts(oldSecret, newSecret);

/** Starts a manager that sweeps at once; `warning` waits for one of that code, which may have come with the start. */
async function startSweeping(database: TestDatabase, env: Environment) {
  const reported = new EventEmitter();
  const warnings: Message["fields"][] = [];
  const successes: Message["fields"][] = [];
  const find = async (messages: Message["fields"][], code: string): Promise<Message["fields"]> => {
    for (;;) {
      const found = messages.find((fields) => fields.code === code);
      if (found !== undefined) return found;
      await once(reported, "message");
    }
  };
  const keepIn = (messages: Message["fields"][]) => (fields: Message["fields"]) => {
    messages.push(fields);
    reported.emit("message");
  };
  const manager = await createSecretsManager({
    plugins: [dbPlugin({ sweepDelay: 0 })],
    env: database.environment(env),
    logger: { warn: keepIn(warnings), info: keepIn(successes) },
  });
  onTestFinished(() => manager.close());
  return {
    manager,
    warning: (code: string) => find(warnings, code),
    success: (code: string) => find(successes, code),
    warnings,
  };
}

async function fill(database: TestDatabase, count: number): Promise<void> {
  const manager = await startManager(database.environment(step.old));
  for (let index = 0; index < count; index++) await manager.create(`n/${index}`, plantedValue());
  await manager.close();
}

describeEachDatabase("in the background", (create) => {
  test("the process whose key was registered last moves everything to it", async () => {
    const database = await create();
    await fill(database, 300);
    const { success, warnings } = await startSweeping(database, step.promoted);
    expect(await success("ARCHESTRA_SECRETS_ROTATED")).toEqual({
      code: "ARCHESTRA_SECRETS_ROTATED",
      keyId: newKey,
      reencrypted: 300,
    });
    expect(warnings).toEqual([]);
    const status = await (await startRotation(database.environment(step.promoted))).status();
    expect(status.next.action).toBe("retire");
    expect(status.keys.at(-1)?.sweepDoneAt).toBeInstanceOf(Date);
  });

  test("a process whose key was not registered last moves nothing", async () => {
    const database = await create();
    await fill(database, 2);
    const promoted = await startManager(database.environment(step.promoted));
    await promoted.set("n/0", plantedValue());
    const rows = "SELECT * FROM archestra_secrets ORDER BY id";
    const before = await database.query(rows);
    const { manager, warnings } = await startSweeping(database, step.prepared);
    // Closing waits for what the background has begun.
    await manager.close();
    expect(await database.query(rows)).toEqual(before);
    expect(warnings).toEqual([]);
  });

  test("close ends a sweep after the rows that it is working on", async () => {
    const database = await create();
    await fill(database, 0);
    await importCounters(database, 10_000);
    await fill(database, 0);
    const { manager, warnings } = await startSweeping(database, step.promoted);
    await manager.get("counter/1");
    await manager.close();
    expect(warnings).toEqual([]);
    const { keys } = await (await startRotation(database.environment(step.promoted))).status();
    expect(keys[0]?.rows).toBeGreaterThan(0);
  });

  test("rows that do not open are counted in one warning and left", async () => {
    const database = await create();
    await fill(database, 2);
    await database.query("UPDATE archestra_secrets SET name = 'moved' WHERE name = 'n/1'");
    const { warning } = await startSweeping(database, step.promoted);
    expect(await warning("ARCHESTRA_SECRETS_NOT_ROTATED")).toMatchObject({ failed: 1 });
  });

  test("a failure is a warning, and the manager continues to serve", async () => {
    const database = await create();
    await fill(database, 2);
    await database.refuseUpdates();
    const { manager, warning } = await startSweeping(database, step.promoted);
    expect(await warning("ARCHESTRA_SECRETS_SWEEP_FAILED")).toEqual({
      code: "ARCHESTRA_SECRETS_SWEEP_FAILED",
      reason: "INTERNAL",
    });
    expect((await manager.get("n/0"))?.name).toBe("n/0");
  });

  test("an invalid delay is refused", async () => {
    const database = await create();
    for (const sweepDelay of [-1, Number.NaN, "soon" as never]) {
      const error = await failure(
        createSecretsManager({ plugins: [dbPlugin({ sweepDelay })], env: database.environment() }),
      );
      expect([error.code, error.message]).toEqual([
        "INVALID_CONFIGURATION",
        expect.stringContaining("sweepDelay"),
      ]);
    }
  });
});
