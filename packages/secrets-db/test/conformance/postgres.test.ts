import { testBackend } from "@archestra/secrets-testkit";
import { afterAll, describe, expect, inject, test } from "vitest";
import { describePostgres } from "../support/postgres-database.ts";
import { gapsOf, unsupportedBy } from "./gaps.ts";
import { openPostgresStore } from "./postgres-store.ts";

/** A statement under way goes on although the signal has aborted: the manager tells its caller in time, the backend does not. */
const notGivenUp = ["get", "list", "create", "set", "delete"].map(
  (operation) => `aborted: the backend gives up ${operation} while the store does not answer`,
);

describePostgres("conformance", () => {
  const harness = { open: () => openPostgresStore(String(inject("postgresUrl"))) };
  const { report } = testBackend({
    name: "PostgreSQL",
    harness,
    describe,
    test: (name, body) => (notGivenUp.includes(name) ? test.fails(name, body) : test(name, body)),
  });

  afterAll(() => {
    // PostgreSQL limits no rate.
    expect(gapsOf(report())).toEqual(['the harness has no `faults["rate-limited"]`']);
    expect(unsupportedBy(report())).toEqual([]);
  });
});
