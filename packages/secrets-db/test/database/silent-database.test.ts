import {
  type DatabaseConnection,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from "kysely";
import { afterEach, expect, test, vi } from "vitest";
import type { ReplaceableConnection } from "../../src/database/attempt.ts";
import { Statements } from "../../src/database/statements.ts";
import { postgresDialect } from "../../src/postgres/dialect.ts";
import type { SecretsSchema } from "../../src/schema/tables.ts";
import { failure } from "../support/failure.ts";

// An in-process fake, and a faked clock: a server that greets every new connection and then answers no statement for more
// than a minute can be had of a proxy only by waiting that minute.

afterEach(() => void vi.useRealTimers());

/** Statements over connections that are there at once and never answer. */
function silentDatabase(): { readonly statements: Statements; readonly opened: () => number } {
  let opened = 0;
  const connection = (): ReplaceableConnection => ({
    executeQuery: () => new Promise(() => {}),
    async *streamQuery() {},
    cancel() {},
    destroy() {},
    replaceWhenSilentSince() {},
    replaceAll() {},
  });
  const driver = {
    init: async () => {},
    acquireConnection: async (): Promise<DatabaseConnection> => {
      opened++;
      return connection();
    },
    beginTransaction: async () => {},
    commitTransaction: async () => {},
    rollbackTransaction: async () => {},
    releaseConnection: async () => {},
    destroy: async () => {},
  };
  const db = new Kysely<SecretsSchema>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    },
  });
  return { statements: new Statements(db, postgresDialect), opened: () => opened };
}

test("a read that no call waits for is repeated on other connections, and ends after a minute", async () => {
  vi.useFakeTimers();
  const { statements, opened } = silentDatabase();
  const { signal } = new AbortController();
  const read = failure(statements.read({ signal }, (session) => session.first(sql`SELECT 1`)));
  await vi.advanceTimersByTimeAsync(5 * 60_000);
  expect(await read).toMatchObject({ code: "UNAVAILABLE", reason: "DATABASE_SILENT", retryable: true });
  expect(opened()).toBeGreaterThan(1);
  expect(opened()).toBeLessThan(10);
});
