import { createSecretsManager } from "@archestra/secrets-core";
import { expect, onTestFinished, test } from "vitest";
import { dbPlugin } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { defaultKey } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";

const env = { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey };
const never = () => new Promise<never>(() => {});

describePostgres("a function that gives the URL and does not answer", () => {
  test("while the application runs leaves the URL unchanged, and is called again", async () => {
    const { url, query } = await postgresDatabase();
    let hangs = false;
    let calls = 0;
    const give = () => {
      calls++;
      return hangs ? never() : url;
    };
    const manager = await createSecretsManager({
      plugins: [dbPlugin({ url: give })],
      env: { ...env, ARCHESTRA_DATABASE_POOL_IDLE_SECONDS: "1" },
    });
    onTestFinished(() => manager.close());
    const value = plantedValue();
    await manager.set("token", value);
    const sessions =
      "SELECT 1 FROM pg_stat_activity WHERE application_name = 'archestra-secrets' AND datname = current_database()";
    await expect.poll(() => query(sessions), { timeout: 30_000 }).toEqual([]);
    hangs = true;
    expect((await manager.get("token"))?.value).toEqual(value);
    await expect.poll(() => query(sessions), { timeout: 30_000 }).toEqual([]);
    hangs = false;
    const before = calls;
    expect((await manager.get("token"))?.value).toEqual(value);
    expect(calls).toBeGreaterThan(before);
  });

  test("at the start fails the start with that reason", async () => {
    const error = await failure(createSecretsManager({ plugins: [dbPlugin({ url: never })], env }));
    expect(error).toMatchObject({ code: "UNAVAILABLE", reason: "URL_NOT_GIVEN", retryable: true });
    expect(error.message).toContain("`url`");
  });
});
