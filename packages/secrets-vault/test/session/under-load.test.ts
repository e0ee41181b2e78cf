import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { startLoad } from "../support/load.ts";
import { issuedAccessors, loginsOf } from "../support/logins.ts";
import { appRoleEnv, openVault, prepareAppRole, vaultEnv } from "../support/open-vault.ts";
import { loadOnShortTokens } from "../support/token-lifetimes.ts";
import { until } from "../support/until.ts";

describeVault("under load", () => {
  test("a token_ttl of 2 s and a token_max_ttl of 6 s: no failed call in 8 s", async () => {
    await loadOnShortTokens(8_000);
  });

  test("a token is revoked: one login, no failed call", async () => {
    const server = await vaultOfTest({ audit: true });
    const role = await prepareAppRole(server);
    const before = await server.accessors();
    const manager = await openVault(vaultEnv(server.address, appRoleEnv(role)));
    await manager.create("a", { token: "1" });
    const load = startLoad(() => manager.get("a"), 64);
    const [accessor] = await issuedAccessors(server, before);
    await server.revokeAccessor(accessor as string);
    await until("there is another token", async () => (await issuedAccessors(server, before)).length > 0);
    expect(await load.stop()).toBeGreaterThan(0);
    expect(await loginsOf(server)).toHaveLength(2);
  });
});
