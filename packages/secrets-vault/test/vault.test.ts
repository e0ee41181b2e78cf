import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { appRoleEnv, openVault, prepareAppRole, tokenEnv, vaultEnv } from "./support/open-vault.ts";

describeVault("a secret in Vault", () => {
  test("is written, read and deleted with a token", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const manager = await openVault(vaultEnv(server.address, tokenEnv(server.rootToken)));
    await manager.create("github_token", { token: "ghp" });
    expect((await manager.get("github_token"))?.value).toEqual({ token: "ghp" });
    expect(await manager.delete("github_token")).toBe(true);
    expect(await manager.get("github_token")).toBeUndefined();
  });

  test("is written and read by an AppRole, whose token is revoked at the end", async () => {
    const server = await vaultOfTest();
    const role = await prepareAppRole(server);
    const before = await server.accessors();
    const manager = await openVault(vaultEnv(server.address, appRoleEnv(role)));
    await manager.create("a", { token: "1" });
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
    expect(await server.accessors()).toHaveLength(before.length + 1);
    await manager.close();
    expect(await server.accessors()).toEqual(before);
  });
});
