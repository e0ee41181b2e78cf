import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { CallEvent, CreateSecretsManagerOptions } from "@archestra/secrets-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { startApplication } from "../support/application.ts";
import { sqliteKysely } from "../support/application-kysely.ts";
import { openManager } from "../support/open-manager.ts";
import { scratchFile } from "../support/scratch-folder.ts";

const cache = { maxAge: 60_000 };

describe("the cache and a transaction", () => {
  const create = (options: Partial<CreateSecretsManagerOptions> = {}) =>
    startApplication(sqliteKysely(scratchFile()), options);

  test("a committed change is read at once, though the old value was cached", async () => {
    const { kysely, secrets } = await create({ cache });
    await secrets.create("a", { n: 1 });
    expect((await secrets.get("a"))?.value).toEqual({ n: 1 });
    await kysely.transaction().execute(async (transaction) => {
      await secrets.inTransaction(transaction).set("a", { n: 2 });
    });
    expect((await secrets.get("a"))?.value).toEqual({ n: 2 });
  });

  test("a value that was rolled back is never served", async () => {
    const { kysely, secrets } = await create({ cache });
    await secrets.create("a", { n: 1 });
    const rolledBack = kysely.transaction().execute(async (transaction) => {
      const inside = secrets.inTransaction(transaction);
      await inside.set("a", { n: 2 });
      expect((await inside.get("a"))?.value).toEqual({ n: 2 });
      throw new Error("rolled back");
    });
    await expect(rolledBack).rejects.toThrow("rolled back");
    expect((await secrets.get("a"))?.value).toEqual({ n: 1 });
  });

  test("a call in a transaction publishes its start and its end", async () => {
    const { kysely, secrets } = await create();
    const events: CallEvent[] = [];
    const record = (event: unknown) => void events.push(event as CallEvent);
    subscribe("tracing:archestra.secrets.operation:asyncEnd", record);
    onTestFinished(() => void unsubscribe("tracing:archestra.secrets.operation:asyncEnd", record));
    await kysely.transaction().execute(async (transaction) => {
      await secrets.inTransaction(transaction).set("a", { n: 1 });
    });
    expect(events).toMatchObject([{ operation: "set", manager: "DB", name: "a", outcome: "success" }]);
  });
});

test("a value that is read beside an open transaction is not served after its commit", async () => {
  const file = scratchFile();
  const { kysely } = await startApplication(sqliteKysely(file));
  const secrets = await openManager(file, {}, { cache });
  await secrets.create("a", { n: 1 });
  await kysely.transaction().execute(async (transaction) => {
    await secrets.inTransaction(transaction).set("a", { n: 2 });
    expect((await secrets.get("a"))?.value).toEqual({ n: 1 });
    expect((await secrets.get("a"))?.value).toEqual({ n: 1 });
  });
  expect((await secrets.get("a"))?.value).toEqual({ n: 2 });
});
