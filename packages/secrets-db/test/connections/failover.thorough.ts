import { isSecretsError } from "@archestra/secrets-core";
import { type CuttingProxy, startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { type PostgresPair, startPostgresPair } from "@archestra/test-servers/postgres-pair";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { ApplicationPool, startManagerOn } from "../support/application-pool.ts";
import { CountingWriters } from "../support/counting-writers.ts";
import { failure } from "../support/failure.ts";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";

/** How soon writes have to go on after the address is right. */
const WRITES_GO_ON_MILLISECONDS = 5_000;
const DEADLINE = 10_000;

/** A primary, its standby, and one address for both, which is the primary's at first. */
async function pairBehindAddress(): Promise<{ pair: PostgresPair; address: CuttingProxy; url: string }> {
  const pair = await startPostgresPair();
  onTestFinished(() => pair.dispose());
  const address = await startCuttingProxy(portOf(pair.urls.first));
  onTestFinished(() => address.stop());
  const url = new URL(pair.urls.first);
  url.port = String(address.port);
  return { pair, address, url: url.href };
}

const portOf = (url: string) => Number(new URL(url).port);
const environment = (url: string) => ({
  ARCHESTRA_DATABASE_URL: url,
  ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey,
});

/** Expects that the writers are acknowledged again soon. */
async function expectWritesGoOn(writers: CountingWriters): Promise<void> {
  const startedAt = performance.now();
  const before = writers.acknowledged;
  while (writers.acknowledged === before && performance.now() - startedAt < 4 * WRITES_GO_ON_MILLISECONDS)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(writers.acknowledged).toBeGreaterThan(before);
  expect(performance.now() - startedAt).toBeLessThan(WRITES_GO_ON_MILLISECONDS);
}

describePostgres("a failover", () => {
  for (const owner of ["the manager", "the application"] as const) {
    test(`under load loses no acknowledged write, and writes go on, on a pool of ${owner}`, async () => {
      const { pair, address, url } = await pairBehindAddress();
      const manager =
        owner === "the manager"
          ? await startManager(environment(url), { timeout: DEADLINE })
          : await startManagerOn(new ApplicationPool(url, 5).kysely, { timeout: DEADLINE });
      const writers = new CountingWriters(manager, 4);
      await writers.next("done");

      // The address leads to the standby before that is promoted.
      address.target = portOf(pair.urls.second);
      address.drop();
      const refused = await writers.next("UNAVAILABLE");
      expect(refused?.retryable).toBe(true);
      const error = await nextReadOnlyRefusal(writers);
      expect(error.message).toMatch(/accepts no (writes|changes)|read-only/i);
      expect(error.message).not.toMatch(/permit/);
      const { status, problems } = await manager.check();
      expect(status).not.toBe("healthy");
      expect(problems.map(({ code }) => code)).toContain("UNAVAILABLE");
      expect(problems.map(({ message }) => message).join()).toMatch(/accepts no (writes|changes)|read-only/i);
      expect(await manager.has("count/0")).toBe(true);

      await pair.stop("first", "kill");
      await pair.promote("second");
      await expectWritesGoOn(writers);
      expect(await manager.check()).toMatchObject({ status: "healthy" });

      // The old primary follows the new one, and the address leads to it.
      await pair.follow("first");
      address.target = portOf(pair.urls.first);
      address.drop();
      await nextReadOnlyRefusal(writers);
      address.target = portOf(pair.urls.second);
      // The address is right again, and open connections still lead to the old one. Only an application closes its own.
      if (owner === "the application") address.drop();
      await expectWritesGoOn(writers);

      await writers.end();
      const reader = await startManager(environment(pair.urls.second));
      expect(await writers.wrongNames(reader)).toEqual([]);
      expect(Object.keys(writers.codes).sort()).toEqual(expect.arrayContaining(["UNAVAILABLE", "done"]));
      expect(writers.codes).not.toHaveProperty("PERMISSION_DENIED");
      expect(writers.codes).not.toHaveProperty("INTERNAL");
    });
  }
});

/** The next write that a server refused because it takes none; those whose connection broke are not meant. */
async function nextReadOnlyRefusal(writers: CountingWriters) {
  for (let refusals = 0; refusals < 1_000; refusals++) {
    const error = await Promise.race([writers.next("UNAVAILABLE"), writers.next("PERMISSION_DENIED")]);
    if (
      error !== undefined &&
      /read-only|accepts no/i.test(`${error.reason} ${error.message} ${error.cause}`)
    )
      return error;
    if (error?.code === "PERMISSION_DENIED") return error;
  }
  throw new Error("No write was refused by a server that takes none.");
}

describePostgres("a database with default_transaction_read_only", () => {
  test("refuses writes with UNAVAILABLE, is reported by check(), and accepts them again when it is off", async () => {
    const { url, query } = await postgresDatabase();
    const manager = await startManager(environment(url), { timeout: DEADLINE });
    const value = plantedValue();
    await manager.create("a", value);
    const name = new URL(url).pathname.slice(1);
    const alter = async (sql: string) => {
      const client = new pg.Client({ connectionString: url.replace(/\/[^/]*$/, "/postgres") });
      await client.connect();
      await client.query(`ALTER DATABASE ${name} ${sql}`);
      await client.end();
    };
    await alter("SET default_transaction_read_only = on");
    // Sessions keep the setting that they began with: only new ones are read-only.
    await query(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    const readable = async () => {
      const secret = await manager.get("a").catch((error: unknown) => {
        if (!isSecretsError(error, "UNAVAILABLE")) throw error;
      });
      return secret?.value;
    };
    while ((await readable()) === undefined);
    for (const change of [
      () => manager.create("b", value),
      () => manager.set("a", { other: true }),
      () => manager.update("a", { other: true }),
      () => manager.delete("a"),
    ]) {
      const { code, retryable, message } = await failure(change());
      expect([code, retryable]).toEqual(["UNAVAILABLE", true]);
      expect(message).toMatch(/accepts no (writes|changes)|read-only/i);
    }
    const { status, problems } = await manager.check();
    expect(status).not.toBe("healthy");
    expect(problems.map(({ message }) => message).join()).toMatch(/accepts no (writes|changes)|read-only/i);
    expect((await manager.get("a"))?.value).toEqual(value);
    expect(await manager.has("b")).toBe(false);

    await alter("RESET default_transaction_read_only");
    const startedAt = performance.now();
    for (;;) {
      const isWritten = await manager.set("a", { other: true }).then(
        () => true,
        () => false,
      );
      if (isWritten || performance.now() - startedAt > 4 * WRITES_GO_ON_MILLISECONDS) break;
    }
    expect(performance.now() - startedAt).toBeLessThan(WRITES_GO_ON_MILLISECONDS);
    expect((await manager.get("a"))?.value).toEqual({ other: true });
    expect(await manager.check()).toMatchObject({ status: "healthy" });
  });
});
