import { describeVault } from "@archestra/test-servers/vault-tests";
import { test } from "vitest";
import { migrateUnderLoad } from "./support/migration-under-load.ts";
import { describePostgres } from "./support/test-database.ts";

describeVault("120 secrets", () => {
  describePostgres("of an application that reads and updates them", () => {
    test("move to Vault and back by processes that are killed 4 times, and no update is lost", async () => {
      await migrateUnderLoad({ secrets: 120, kills: 1, workers: 3 });
      // Ten processes start, one after the other, beside two that leave no core idle.
    }, 600_000);
  });
});
