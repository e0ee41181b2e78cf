import { type CuttingProxy, startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { outcome } from "../support/outcome.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";

const POOL = 10;
const CALLERS = 16;
/** The deadline of each call: long enough for a new connection on a busy machine. */
const DEADLINE = 4_000;

/** A call that has ended. */
interface EndedCall {
  readonly startedAt: number;
  readonly code: string;
}

/** A manager whose connections go through a proxy. */
async function proxied() {
  const { url, query } = await postgresDatabase();
  const proxy = await startCuttingProxy(Number(new URL(url).port));
  onTestFinished(() => proxy.stop());
  const throughProxy = new URL(url);
  throughProxy.port = String(proxy.port);
  const manager = await startManager(
    { ARCHESTRA_DATABASE_URL: throughProxy.href, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey },
    { timeout: DEADLINE },
  );
  const names = Array.from({ length: CALLERS }, (_, index) => `n/${index}`);
  for (const name of names) await manager.create(name, { n: 0 });
  return { url, query, proxy, manager, names };
}

/** Freezes all connections while callers call one after the other, and gives every call that began or was in progress since. */
async function freezeUnder(proxy: CuttingProxy, calls: readonly (() => Promise<unknown>)[]) {
  const ended: EndedCall[] = [];
  let isOver = false;
  const callers = calls.map(async (call) => {
    while (!isOver) {
      const startedAt = performance.now();
      ended.push({ startedAt, code: await outcome(call()) });
    }
  });
  while (ended.length < 10 * CALLERS) await new Promise((resolve) => setTimeout(resolve, 5));
  const callsBefore = ended.length;
  const frozenAt = performance.now();
  const frozen = proxy.freeze();
  await new Promise((resolve) => setTimeout(resolve, 2.5 * DEADLINE));
  isOver = true;
  await Promise.all(callers);
  return { frozen, frozenAt, ended: ended.slice(callsBefore) };
}

/** How many statements of the manager the server works on at the same time, while a lock keeps each from ending. */
async function capacity(url: string, call: () => Promise<unknown>): Promise<number> {
  const session = new pg.Client({ connectionString: url });
  await session.connect();
  try {
    await session.query("BEGIN; LOCK TABLE archestra_secrets IN ACCESS EXCLUSIVE MODE");
    const calls = Array.from({ length: 2 * POOL }, () => outcome(call()));
    let waiting = 0;
    const until = performance.now() + DEADLINE / 2;
    while (waiting < POOL && performance.now() < until) {
      const { rows } = await session.query(
        "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      waiting = rows[0].count;
    }
    await session.query("ROLLBACK");
    await Promise.all(calls);
    return waiting;
  } finally {
    await session.end();
  }
}

describePostgres("connections that freeze, while new ones work", () => {
  for (const kind of ["get", "set"] as const) {
    test(`each fails at most one ${kind}, and calls succeed again within two deadlines`, async () => {
      const { url, query, proxy, manager, names } = await proxied();
      let n = 0;
      const { frozen, frozenAt, ended } = await freezeUnder(
        proxy,
        names.map((name) => () => (kind === "get" ? manager.get(name) : manager.set(name, { n: ++n }))),
      );
      expect(frozen).toBe(POOL);
      const failed = ended.filter(({ code }) => code !== "done");
      for (const { code } of failed) expect(["TIMEOUT", "OUTCOME_UNKNOWN", "UNAVAILABLE"]).toContain(code);
      expect(failed.length).toBeLessThanOrEqual(frozen);
      // A call that begins a deadline after the freeze ends within the second one, and succeeds.
      const later = ended.filter(({ startedAt }) => startedAt > frozenAt + DEADLINE);
      expect(later.length).toBeGreaterThan(0);
      expect(later.filter(({ code }) => code !== "done")).toEqual([]);

      proxy.dropFrozen();
      expect(await capacity(url, () => manager.get("n/0"))).toBe(POOL);
      await manager.close();
      const sessions =
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
      while ((await query(sessions)).length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    });
  }
});
