import { createSecretsManager } from "@archestra/secrets-core";
import type { BackendHarness } from "@archestra/secrets-testkit";
import { testBackend, testOwnershipStore } from "@archestra/secrets-testkit/vitest";
import { expectCommittedConformance } from "@archestra/test-harness/committed-conformance";
import { PGlite } from "@electric-sql/pglite";
import { Kysely, SqliteDialect } from "kysely";
import { afterAll, beforeAll, expect } from "vitest";
import { dbPlugin, migrateDatabase } from "../../src/index.ts";
import { openSqlite } from "../../src/sqlite/connection.ts";
import { defaultKey } from "../support/open-manager.ts";
import { pgliteDialect } from "../support/pglite-dialect.ts";
import { casesOfHistory, casesOfPaths, expectNoGap, gapsOf, unsupportedBy } from "./gaps.ts";

// biome-ignore lint/suspicious/noExplicitAny: whatever tables the application has
type ApplicationKysely = Kysely<any>;

/** Stores in an instance that the application has open, and closes itself. */
function harnessOf(
  open: () => ApplicationKysely | Promise<ApplicationKysely>,
  close: (kysely: ApplicationKysely) => Promise<void>,
): BackendHarness {
  return {
    async open() {
      const kysely = await open();
      return {
        plugins: [dbPlugin({ kysely })],
        env: { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey },
        encrypted: true,
        readRaw: async (name) => {
          const query = kysely.selectFrom("archestra_secrets").select("value").where("name", "=", name);
          return (await query.executeTakeFirst())?.value;
        },
        seedRaw: async (name, text) => {
          const columns = { name, value: text };
          const insert = kysely.insertInto("archestra_secrets").values(columns);
          await insert
            .onConflict((conflict) => conflict.column("name").doUpdateSet({ value: text }))
            .execute();
        },
        close: () => close(kysely),
      };
    },
  };
}

const onSqlite = harnessOf(
  () => new Kysely({ dialect: new SqliteDialect({ database: openSqlite(":memory:") }) }),
  (kysely) => kysely.destroy(),
);

// One for all cases, since starting one takes a second and making the tables longer than most cases; what is in them goes
// after each. They are in a schema, which every raw statement has to name by itself, and another one for a second store.
const pglite: ApplicationKysely = new Kysely({ dialect: pgliteDialect(new PGlite()) });
const free = ["vault", "other_vault"].map((schema): ApplicationKysely => pglite.withSchema(schema));
const onPglite = harnessOf(
  () => {
    const kysely = free.pop();
    if (kysely === undefined) throw new Error("More stores are open than there are schemas.");
    return kysely;
  },
  async (kysely) => {
    for (const table of ["archestra_secrets", "archestra_secrets_keys"])
      await kysely.deleteFrom(table).execute();
    free.push(kysely);
  },
);

beforeAll(async () => {
  for (const kysely of free) await migrateDatabase({ kysely }, { env: {} });
});

const suites = [
  {
    file: "db-kysely-sqlite",
    harness: onSqlite,
    suite: testBackend({ name: "an application's Kysely instance, for SQLite", harness: onSqlite }),
    ownership: testOwnershipStore({
      name: "an application's Kysely instance, for SQLite",
      harness: onSqlite,
    }),
  },
  {
    file: "db-kysely-pglite",
    harness: onPglite,
    suite: testBackend({ name: "an application's Kysely instance, for PGlite", harness: onPglite }),
    ownership: testOwnershipStore({
      name: "an application's Kysely instance, for PGlite",
      harness: onPglite,
    }),
  },
];

afterAll(() => pglite.destroy());

afterAll(async () => {
  for (const { file, harness, suite, ownership } of suites) {
    const report = suite.report();
    // Faults of the database are tried where the plugin opens it itself.
    const faults = [
      "unavailable",
      "timeout",
      "unauthenticated",
      "permission-denied",
      "rate-limited",
      "lost-answer",
      "lost-request",
      "hanging-answer",
      "nonsense",
    ];
    const gaps = faults.map((fault) => `the harness has no \`faults["${fault}"]\``);
    // The connections are the application's.
    expect(gapsOf(report).toSorted()).toEqual(["the harness has no `connections`", ...gaps.toSorted()]);
    expect(unsupportedBy(report)).toEqual([
      ...casesOfPaths,
      ...casesOfHistory,
      "lifecycle: open: a client continues with a credential that was replaced in its file",
      "lifecycle: open: a credential whose file is missing is INVALID_CONFIGURATION until it is there again",
    ]);
    expectNoGap(ownership.report());
    await expectCommittedConformance(file, report, harness, createSecretsManager);
  }
});
