import { setTimeout as sleep } from "node:timers/promises";
import { startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { startLoad } from "../support/load.ts";
import { issuedAccessors, loginsOf } from "../support/logins.ts";
import { appRoleEnv, openVault, prepareAppRole, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { openRemovable, refuseLogins } from "../support/refused-logins.ts";
import { until } from "../support/until.ts";

describeVault("a login that fails", () => {
  test("twice is tried again after growing waits, and the third serves everyone", async () => {
    await refuseLogins(2);
  });

  test("reports its cause within their deadline to callers that cannot wait for the next one", async () => {
    const { manager, remove } = await openRemovable({ timeout: 300 });
    await remove();
    await until("it is reported", async () => (await failure(manager.get("a"))).code === "UNAUTHENTICATED");
    const startedAt = performance.now();
    const error = await failure(manager.get("a"));
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect(["UNAUTHENTICATED", "TIMEOUT"]).toContain(error.code);
  });

  test("that has no connection fails none of 500 calls when there is one again within a second", async () => {
    const server = await vaultOfTest();
    const role = await prepareAppRole(server);
    const proxy = await startCuttingProxy(server.port);
    const before = await server.accessors();
    const manager = await openVault(vaultEnv(`http://127.0.0.1:${proxy.port}`, appRoleEnv(role)));
    await manager.create("a", { token: "1" });
    const [accessor] = await issuedAccessors(server, before);
    await server.revokeAccessor(accessor as string);
    proxy.cutAt("/v1/auth/approle/login", "before", 1);
    const secrets = await Promise.all(Array.from({ length: 500 }, () => manager.get("a")));
    expect(secrets.filter((secret) => secret?.value.token === "1")).toHaveLength(500);
    await proxy.stop();
  });

  test("at the start stops it, with a message and without a second attempt", async () => {
    const server = await vaultOfTest({ audit: true });
    const role = await prepareAppRole(server);
    const env = vaultEnv(server.address, appRoleEnv({ ...role, secretId: "another" }));
    const error = await failure(openVault(env, { logger: recordedLogger() }));
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", reason: "LOGIN_REFUSED" });
    expect(await loginsOf(server)).toHaveLength(1);
  });

  test("does not discard the token of callers that it still serves", async () => {
    const server = await vaultOfTest({ audit: true });
    const role = await prepareAppRole(server, { tokenTtl: "12s" });
    const manager = await openVault(vaultEnv(server.address, appRoleEnv(role)));
    await manager.create("a", { token: "1" });
    // One login in each minute, which is this one.
    await server.setRateLimitQuota("auth/approle/login", 0.001, { interval: "60s" });
    await server.loginAppRole(role);
    const load = startLoad(() => manager.get("a"), 4);
    // Past its two thirds, where another would take its place, and not at its end.
    await sleep(9_000);
    expect(await loginsOf(server)).toHaveLength(1);
    await server.removeRateLimitQuota();
    await until("there is another login", async () => (await loginsOf(server)).length > 1);
    await load.stop();
  });
});
