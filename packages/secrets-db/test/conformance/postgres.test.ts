import { createSecretsManager } from "@archestra/secrets-core";
import { testBackend, testOwnershipStore } from "@archestra/secrets-testkit/vitest";
import { expectCommittedConformance } from "@archestra/test-harness/committed-conformance";
import { afterAll, expect, inject } from "vitest";
import { describePostgres } from "../support/postgres-database.ts";
import {
  casesOfFailingHistory,
  casesOfHistory,
  casesOfPaths,
  expectNoGap,
  gapsOf,
  unsupportedBy,
} from "./gaps.ts";
import { endPostgresStores, openPostgresStore } from "./postgres-store.ts";

describePostgres("conformance", () => {
  const harness = { open: () => openPostgresStore(String(inject("postgresUrl"))) };
  const { report } = testBackend({ name: "PostgreSQL", harness });
  const ownership = testOwnershipStore({ name: "PostgreSQL", harness });

  afterAll(async () => {
    expect(gapsOf(report())).toEqual([]);
    expect(unsupportedBy(report())).toEqual([...casesOfPaths, ...casesOfHistory, ...casesOfFailingHistory]);
    expectNoGap(ownership.report());
    await expectCommittedConformance("db-postgres", report(), harness, createSecretsManager);
    await endPostgresStores();
  });
});
