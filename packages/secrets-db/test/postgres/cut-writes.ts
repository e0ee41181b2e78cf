import { isSecretsError } from "@archestra/secrets-core";
import { type CutMoment, startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { expect, onTestFinished } from "vitest";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { postgresDatabase } from "../support/postgres-database.ts";

/** The results that the callers of cut writes received. */
export interface CutReport {
  /** The write happened, and they received its result although its answer was lost or came just in time. */
  acknowledged: number;
  /** They received OUTCOME_UNKNOWN. */
  unknown: number;
  /** They received an error that proves that nothing happened. */
  refused: number;
}

/**
 * Breaks the connection at many moments of writes, deletions included, and holds what the callers received against what
 * the database holds afterwards.
 */
export async function cutWrites(times: number): Promise<CutReport> {
  const { url, query } = await postgresDatabase();
  const proxy = await startCuttingProxy(Number(new URL(url).port));
  onTestFinished(() => proxy.stop());
  const throughProxy = new URL(url);
  throughProxy.port = String(proxy.port);
  const env = { ARCHESTRA_DATABASE_URL: throughProxy.href, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey };
  const manager = await startManager(env, { timeout: 5_000 });
  const other = await startManager({ ...env, ARCHESTRA_DATABASE_URL: url });
  const report: CutReport = { acknowledged: 0, unknown: 0, refused: 0 };
  const kinds = [
    { text: "insert into", run: (name: string, n: number) => manager.create(name, { n }) },
    { text: "update", run: (name: string, n: number) => manager.update(name, { n }) },
    { text: "delete from", run: (name: string) => manager.delete(name) },
  ];
  const moments: CutMoment[] = ["after", 1, "after", 2, "after", 3, "before"];
  for (let n = 1; n <= times; n++) {
    const kind = kinds[n % kinds.length] as (typeof kinds)[number];
    const name = `cut/${n}`;
    const isCreate = kind.text === "insert into";
    if (!isCreate) await other.create(name, { n: 0 });
    const before = proxy.cuts;
    proxy.cutAt(kind.text, moments[n % moments.length] as CutMoment);
    const outcome = await kind.run(name, n).then(
      () => "acknowledged",
      (error: unknown) => (isSecretsError(error) ? error.code : "NOT_OURS"),
    );
    // The server may still be carrying out what it was sent: its session ends when it has seen the end of the client.
    while (proxy.cuts === before) await new Promise((resolve) => setTimeout(resolve, 1));
    for (let sessions = 1; sessions > 0; ) {
      const [row] = await query<{ count: string }>(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()",
      );
      sessions = Number(row?.count);
    }
    const stored = (await other.get(name))?.value.n;
    const happened = kind.text === "delete from" ? stored === undefined : stored === n;
    if (outcome === "acknowledged") {
      expect(happened).toBe(true);
      report.acknowledged++;
    } else if (outcome === "OUTCOME_UNKNOWN") {
      // A write that happened leaves a row that proves it; only of a deletion is nothing left.
      if (kind.text !== "delete from") expect(happened).toBe(false);
      report.unknown++;
    } else {
      expect(["UNAVAILABLE", "TIMEOUT"]).toContain(outcome);
      expect(happened).toBe(false);
      report.refused++;
    }
  }
  expect(proxy.cuts).toBe(times);
  return report;
}
