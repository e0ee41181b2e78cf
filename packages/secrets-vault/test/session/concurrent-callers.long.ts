import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { issuedAccessors } from "../support/logins.ts";
import { appRoleEnv, openVault, prepareAppRole, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

describeVault("concurrent callers that need a token", () => {
  test("cause one login for 100 first calls after a start without Vault", async () => {
    const server = await vaultOfTest({ audit: true });
    const role = await prepareAppRole(server);
    await server.request("POST", "secret/data/archestra/a", { data: { token: "1" } });
    const before = await server.accessors();
    await server.seal();
    const manager = await openVault(vaultEnv(server.address, appRoleEnv(role)), {
      logger: recordedLogger(),
    });
    await server.unseal();
    const secrets = await Promise.all(Array.from({ length: 100 }, () => manager.get("a")));
    expect(secrets.filter((secret) => secret?.value.token === "1")).toHaveLength(100);
    expect(await issuedAccessors(server, before)).toHaveLength(1);
  });
});
