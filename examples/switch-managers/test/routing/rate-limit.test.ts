import { migrateSecrets } from "@archestra/secrets-core";
import { expect, test } from "vitest";
import { DatabaseAndVault } from "./support/database-and-vault.ts";
import { describeWithVault } from "./support/describe-with-vault.ts";
import { createDatabase } from "./support/test-database.ts";

const SECRETS = 60;

describeWithVault("a Vault that allows 50 requests a second", {}, (vault) => {
  test("makes a migration slow, and fails no secret, in either direction", async () => {
    const places = new DatabaseAndVault(await createDatabase("SQLite"), vault());
    const manager = await places.open("DB");
    const names = Array.from({ length: SECRETS }, (_, index) => `secret-${index}`);
    for (const name of names) await manager.create(name, { of: name });
    await vault().setRateLimitQuota("secret/", 50);
    for (const to of ["VAULT", "DB"]) {
      const report = await migrateSecrets(manager, { to, concurrency: 64 });
      expect(report).toMatchObject({ done: SECRETS, failed: 0, stopped: false });
    }
    await vault().removeRateLimitQuota();
    for (const name of names) expect((await manager.get(name))?.value).toEqual({ of: name });
    await manager.close();
    await places.database.remove();
  });
});
