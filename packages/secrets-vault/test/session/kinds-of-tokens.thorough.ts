import type { AppRoleOptions } from "@archestra/test-servers/vault-administration";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { startLoad } from "../support/load.ts";
import { issuedAccessors, loginsOf } from "../support/logins.ts";
import { appRoleEnv, openVault, prepareAppRole, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { until } from "../support/until.ts";

describeVault("a token that a login made", () => {
  test("of the type batch is replaced, never renewed, and close() does not warn of it", async () => {
    const { server, manager, logger } = await openWith({ tokenType: "batch", tokenTtl: "2s" });
    await underLoadUntilLogins(server, manager, 3);
    await manager.close();
    const requests = await server.auditedRequests();
    expect(requests.filter(({ path }) => /renew|revoke/.test(path))).toEqual([]);
    expect(logger.warnings).toEqual([]);
  });

  test("with three uses serves 100 concurrent calls without a failed one", async () => {
    const { manager } = await openWith({ tokenNumUses: 3 });
    await manager.create("a", { token: "1" });
    const secrets = await Promise.all(Array.from({ length: 100 }, () => manager.get("a")));
    expect(secrets.filter((secret) => secret?.value.token === "1")).toHaveLength(100);
  });

  test("with one use serves one call for each login without a failed one", async () => {
    const { manager } = await openWith({ tokenNumUses: 1 });
    await manager.create("a", { token: "1" });
    const secrets = await Promise.all(Array.from({ length: 20 }, () => manager.get("a")));
    expect(secrets.filter((secret) => secret?.value.token === "1")).toHaveLength(20);
  });

  test("with uses left is not looked up or renewed, which would take one of them", async () => {
    const { server, manager } = await openWith({ tokenNumUses: 5 });
    for (let read = 0; read < 12; read++) await manager.get("a");
    const requests = await server.auditedRequests();
    expect(requests.filter(({ path }) => /renew|lookup/.test(path))).toEqual([]);
  });

  test("without the policy `default`, which may not renew itself, is replaced; closing is quiet", async () => {
    const { server, manager, logger } = await openWith({ tokenNoDefaultPolicy: true, tokenTtl: "2s" });
    await underLoadUntilLogins(server, manager, 3);
    await manager.close();
    expect(logger.warnings.map(({ fields }) => fields.code)).not.toContain(
      "ARCHESTRA_SECRETS_VAULT_NO_DEFAULT_POLICY",
    );
  });

  test("with a period of 2 s serves without end", async () => {
    const { server, manager } = await openWith({ tokenPeriod: "2s" });
    await underLoadUntilLogins(server, manager, 3);
  });

  test("is revoked when another has taken its place", async () => {
    const { server, manager, before } = await openWith({ tokenTtl: "8s" });
    const [first] = await issuedAccessors(server, before);
    await underLoadUntilLogins(server, manager, 2);
    await until("the first token is gone", async () => !(await server.accessors()).includes(first as string));
    // It would have died by itself soon after.
    const requests = await server.auditedRequests();
    expect(requests.map(({ path }) => path)).toContain("auth/token/revoke-self");
    await manager.close();
    expect(await issuedAccessors(server, before)).toEqual([]);
  });

  test("whose role was removed serves until it dies, and then every call fails with that reason", async () => {
    const { server, manager } = await openWith({ tokenTtl: "8s" });
    await manager.create("a", { token: "1" });
    await server.deleteAppRole();
    // Half of its life is over when the first login fails.
    await until("a login was refused", async () => (await loginsOf(server)).length > 1);
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
    let refusal: unknown;
    await until("the token is dead", async () => {
      refusal = await manager.get("a").then(
        () => undefined,
        (error: unknown) => error,
      );
      return refusal !== undefined;
    });
    expect(refusal).toMatchObject({ code: "UNAUTHENTICATED", reason: "LOGIN_REFUSED" });
    expect((await failure(manager.get("a"))).message).toMatch(/refused the login by AppRole/);
  });
});

async function openWith(options: AppRoleOptions) {
  const server = await vaultOfTest({ audit: true });
  const role = await prepareAppRole(server, options);
  const before = await server.accessors();
  const logger = recordedLogger();
  const manager = await openVault(vaultEnv(server.address, appRoleEnv(role)), { logger });
  return { server, manager, logger, before };
}

async function underLoadUntilLogins(
  server: Awaited<ReturnType<typeof vaultOfTest>>,
  manager: Awaited<ReturnType<typeof openVault>>,
  count: number,
): Promise<void> {
  const load = startLoad(() => manager.get("a"), 4);
  await until(`${count} logins`, async () => (await loginsOf(server)).length >= count);
  expect(await load.stop()).toBeGreaterThan(0);
}
