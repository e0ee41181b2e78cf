import { isSecretsError, unstoredValue } from "@archestra/secrets-core";
import { type CutMoment, startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { expect, onTestFinished, test } from "vitest";
import { failure } from "../support/failure.ts";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";

/** A manager behind a proxy that can cut its connections, another one without it, and the secret `a`. */
async function behindProxy(timeout: number) {
  const { url, query } = await postgresDatabase();
  const proxy = await startCuttingProxy(Number(new URL(url).port));
  onTestFinished(() => proxy.stop());
  const throughProxy = new URL(url);
  throughProxy.port = String(proxy.port);
  const env = { ARCHESTRA_DATABASE_URL: throughProxy.href, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey };
  const other = await startManager({ ...env, ARCHESTRA_DATABASE_URL: url });
  const former = plantedValue();
  await other.create("a", former);
  const manager = await startManager(env, { timeout });
  return { proxy, manager, other, query, former };
}

const moments: readonly CutMoment[] = ["before", "in-request", "after", 1, "answered", "in-answer"];

describePostgres("a database that is cut while the new value of a refresh is stored", () => {
  test.each(moments)("stores it all the same, when it is cut once (%s)", async (moment) => {
    const { proxy, manager, other } = await behindProxy(30_000);
    const value = plantedValue();
    let runs = 0;
    const refresh = () => {
      runs++;
      proxy.cutAt("update", moment);
      return value;
    };
    const secret = await manager.refresh("a", { isFresh: () => false, refresh });

    expect(secret.value).toEqual(value);
    const stored = await other.get("a");
    expect(stored?.value).toEqual(value);
    // Without a version: the connection was cut while the value was read back.
    if (secret.version !== undefined) expect(stored?.version).toBe(secret.version);
    expect(runs).toBe(1);
    expect(proxy.cuts).toBe(1);
    // The entry is free.
    await other.set("a", plantedValue());
  });

  test.each(moments)(
    "stores it, or hands it to the caller, when it is cut every time (%s)",
    async (moment) => {
      const { proxy, manager, other, former } = await behindProxy(5_000);
      const value = plantedValue();
      const refresh = () => {
        proxy.cutAt("update", moment, Number.POSITIVE_INFINITY);
        return value;
      };
      const outcome = await manager.refresh("a", { isFresh: () => false, refresh }).then(
        (secret) => ({ secret, error: undefined }),
        (error: unknown) => ({ secret: undefined, error }),
      );
      await proxy.heal();
      const stored = (await other.get("a"))?.value;
      if (outcome.secret !== undefined) {
        expect(outcome.secret.value).toEqual(value);
        expect(stored).toEqual(value);
        return;
      }
      expect(unstoredValue(outcome.error)).toEqual(value);
      // Only an unknown outcome may have been stored.
      if (!isSecretsError(outcome.error, "OUTCOME_UNKNOWN")) expect(stored).toEqual(former);
    },
  );

  test("hands it to the caller when the server is gone until the deadline", async () => {
    const { proxy, manager, other, former } = await behindProxy(5_000);
    const value = plantedValue();
    let refused = Promise.resolve();
    const refresh = () => {
      refused = proxy.refuse();
      return value;
    };
    const error = await failure(manager.refresh("a", { isFresh: () => false, refresh }));
    expect(unstoredValue(error)).toEqual(value);
    expect(error.retryable).toBe(false);
    await refused;
    await proxy.heal();
    expect((await other.get("a"))?.value).toEqual(former);
  });

  test("hands it to the caller when the server does not answer until the deadline", async () => {
    const { proxy, manager } = await behindProxy(5_000);
    const value = plantedValue();
    const refresh = () => {
      proxy.hang();
      return value;
    };
    const error = await failure(manager.refresh("a", { isFresh: () => false, refresh }));
    expect(unstoredValue(error)).toEqual(value);
    await proxy.heal();
  });

  test("stores it when the server comes back, and all its sessions are gone", async () => {
    const { proxy, manager, other, query } = await behindProxy(30_000);
    const value = plantedValue();
    let isDown = Promise.resolve();
    const refresh = async () => {
      const refused = proxy.refuse();
      await query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
      ).catch(() => undefined);
      isDown = new Promise<void>((resolve) => setTimeout(resolve, 1_000))
        .then(() => refused)
        .then(() => proxy.heal());
      return value;
    };
    expect((await manager.refresh("a", { isFresh: () => false, refresh })).value).toEqual(value);
    await isDown;
    expect((await other.get("a"))?.value).toEqual(value);
  });
});
