import { describeVault } from "@archestra/test-servers/vault-tests";
import { test } from "vitest";
import { migrateUnderLoad } from "./support/migration-under-load.ts";
import { describePostgres } from "./support/test-database.ts";

describeVault("10 000 secrets", () => {
  describePostgres("of an application that reads and updates them", () => {
    test("move to Vault and back by processes that are killed 22 times, and no update is lost", async () => {
      const figures = await migrateUnderLoad({ secrets: 10_000, kills: 10, workers: 4 });
      console.log(figures.join("\n"));
    });
  });
});
