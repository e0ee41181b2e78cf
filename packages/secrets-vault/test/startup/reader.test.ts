import type { Environment } from "@archestra/secrets-core";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { tokenAuth } from "@archestra/vault-auth-token";
import { expect, onTestFinished, test } from "vitest";
import { openVaultReader } from "../../src/index.ts";
import { appRoleAuth } from "../support/app-role-auth.ts";
import { failure } from "../support/failure.ts";
import { appRoleEnv } from "../support/open-vault.ts";

async function openReader(env: Environment) {
  const reader = await openVaultReader({}, { env, plugins: [tokenAuth(), appRoleAuth()] });
  onTestFinished(() => reader.close());
  return reader;
}

describeVault("openVaultReader()", () => {
  test("reads on both versions of KV, with `data` or without, and needs read permission alone", async () => {
    const server = await vaultOfTest({ audit: true });
    await server.mountKv("team/kv", 2);
    await server.mountKv("old", 1);
    await server.demand("POST", "team/kv/data/app/database", { data: { password: "two", port: 5432 } });
    await server.demand("POST", "team/kv/data/app/deleted", { data: { password: "gone" } });
    await server.demand("DELETE", "team/kv/data/app/deleted");
    await server.demand("POST", "old/app/database", { password: "one" });
    const read = `path "team/kv/data/app/*" { capabilities = ["read"] } path "old/app/*" { capabilities = ["read"] }`;
    await server.putPolicy("reader", read);
    await server.enableAppRole();
    const role = await server.createAppRole({ policies: ["reader"] });

    const reader = await openReader({
      ARCHESTRA_HASHICORP_VAULT_ADDR: server.address,
      ...appRoleEnv(role),
    });
    const expected = {
      value: { password: "two", port: 5432 },
      version: expect.stringMatching(/^1@/),
    };
    expect(await reader.read("team/kv/data/app/database")).toEqual(expected);
    expect(await reader.read("/team/kv/app/database")).toEqual(expected);
    expect(await reader.read("old/app/database")).toEqual({ value: { password: "one" } });
    expect(await reader.read("team/kv/app/nothing")).toBeUndefined();
    expect(await reader.read("team/kv/app/deleted")).toBeUndefined();
    expect(await reader.read("old/app/nothing")).toBeUndefined();

    const refused = await failure(reader.read("team/kv/other/database"));
    expect(refused).toMatchObject({ code: "PERMISSION_DENIED", reason: "POLICY", manager: "VAULT" });
    expect(refused.message).toContain(`path "team/kv/data/other/database" { capabilities = ["read"] }`);
    expect(await failure(reader.read("nowhere/app"))).toMatchObject({ code: "PERMISSION_DENIED" });
    expect(await failure(reader.read("team/../kv"))).toMatchObject({ code: "INVALID_ARGUMENT" });
    await reader.close();
    const sent = await server.auditedRequests();
    const writes = sent.filter(({ operation }) => operation !== "read").map(({ path }) => path);
    // The second one asks why a read was refused, and changes nothing.
    expect(new Set(writes)).toEqual(
      new Set(["auth/approle/login", "sys/capabilities-self", "auth/token/revoke-self"]),
    );
  });

  test("refuses an engine that is not KV, and reports missing settings", async () => {
    const server = await vaultOfTest();
    const reader = await openReader({
      ARCHESTRA_HASHICORP_VAULT_ADDR: server.address,
      ARCHESTRA_HASHICORP_VAULT_TOKEN: server.rootToken,
    });
    expect(await failure(reader.read("sys/health"))).toMatchObject({ reason: "NOT_KV" });
    const missing = await failure(openVaultReader({}, { env: {}, plugins: [tokenAuth()] }));
    expect(missing).toMatchObject({ code: "INVALID_CONFIGURATION" });
  });
});
