import { expect, onTestFinished, test } from "vitest";
import { DatabaseAndVault } from "./support/database-and-vault.ts";
import { describeWithVault } from "./support/describe-with-vault.ts";
import { recordedLogger } from "./support/recorded-logger.ts";
import { createDatabase, describeEachDatabase } from "./support/test-database.ts";

const unlisted = "ARCHESTRA_SECRETS_LIST_WITHOUT_PERMISSION";

describeWithVault("a token without the permission to list", {}, (vault) => {
  describeEachDatabase("with an ownership table", (dialect) => {
    test("lists the secrets that have rows, with one warning, and finds the others by their names", async () => {
      const places = new DatabaseAndVault(await createDatabase(dialect), vault());
      onTestFinished(() => places.database.remove());
      await vault().putPolicy(
        "unlisted",
        `path "secret/data/${places.folder}/*" { capabilities = ["create", "update", "read"] }
         path "secret/metadata/${places.folder}/*" { capabilities = ["read", "delete"] }`,
      );
      const { token } = await vault().createToken({ policies: ["unlisted"] });
      const logger = recordedLogger();
      const manager = await places.open("VAULT", {
        logger,
        env: { ARCHESTRA_HASHICORP_VAULT_TOKEN: token },
      });
      onTestFinished(() => manager.close());
      const local = await places.open("DB");
      await local.create("of-db", { of: "DB" });
      await local.close();
      await manager.create("of-vault", { of: "VAULT" });
      await vault().demand("POST", `secret/data/${places.folder}/unknown`, {
        data: { of: "another program" },
      });

      const list = () => Array.fromAsync(manager.list(), (info) => `${info.name} at ${info.manager}`);
      expect(await list()).toEqual(["of-db at DB", "of-vault at VAULT"]);
      expect(await manager.check({ count: true })).toMatchObject({ count: 2 });
      expect((await manager.get("unknown"))?.value).toEqual({ of: "another program" });
      // Found, it is adopted.
      expect(await list()).toEqual(["of-db at DB", "of-vault at VAULT", "unknown at VAULT"]);
      expect(logger.codes.filter((code) => code === unlisted)).toEqual([unlisted]);
    });
  });
});
