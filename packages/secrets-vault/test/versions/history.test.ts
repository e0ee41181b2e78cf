import { plantedText } from "@archestra/test-harness/planted-values";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";

describeVault("history()", () => {
  test("returns the versions that callers received, on KV 2, and only until the secret is deleted", async () => {
    const server = await vaultOfTest({ rootToken: plantedText() });
    await server.mountKv("secret", 2);
    const manager = await openVault(vaultEnv(server.address, tokenEnv(server.rootToken)));
    expect(await manager.history("a")).toEqual([]);
    const infos = [await manager.create("a", { token: plantedText() })];
    for (let count = 0; count < 10; count++)
      infos.unshift(await manager.set("a", { token: plantedText(), count }));

    const history = await manager.history("a");
    // Vault keeps ten versions by default.
    expect(history.map(({ version }) => version)).toEqual(infos.slice(0, 10).map(({ version }) => version));
    expect(history.map(({ createdAt }) => createdAt)).toEqual(
      infos.slice(0, 10).map(({ updatedAt }) => updatedAt),
    );
    expect(new Set(history.map(({ state }) => state))).toEqual(new Set(["present"]));

    await server.demand("DELETE", "secret/data/archestra/a");
    expect(await manager.get("a")).toBeUndefined();
    expect((await manager.history("a"))[0]).toMatchObject({ version: infos[0]?.version, state: "deleted" });
    await manager.delete("a");
    expect(await manager.history("a")).toEqual([]);
  });

  test("needs the permission to read metadata, and is UNSUPPORTED on KV 1", async () => {
    const server = await vaultOfTest({ rootToken: plantedText() });
    await server.mountKv("secret", 2);
    await server.putPolicy(
      "values",
      'path "secret/data/archestra/*" { capabilities = ["create", "update", "read"] }',
    );
    const { token } = await server.createToken({ policies: ["values"] });
    const manager = await openVault(vaultEnv(server.address, tokenEnv(token)));
    await manager.create("a", { token: plantedText() });
    expect((await failure(manager.history("a"))).code).toBe("PERMISSION_DENIED");

    const old = await vaultOfTest({ rootToken: plantedText() });
    await old.mountKv("secret", 1);
    const onKv1 = await openVault(
      vaultEnv(old.address, { ...tokenEnv(old.rootToken), ARCHESTRA_HASHICORP_VAULT_KV_VERSION: "1" }),
    );
    expect((await failure(onKv1.history("a"))).code).toBe("UNSUPPORTED");
  });
});
