import { startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { afterEach, expect, test, vi } from "vitest";
import { failure } from "../support/failure.ts";
import { issuedAccessors } from "../support/logins.ts";
import { appRoleEnv, openVault, prepareAppRole, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { runProgram } from "../support/run-program.ts";
import { until } from "../support/until.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describeVault("closing", () => {
  test("revokes every token that was logged in, those that were replaced too", async () => {
    const server = await vaultOfTest();
    const role = await prepareAppRole(server, { tokenTtl: "6s" });
    const before = await server.accessors();
    const manager = await openVault(vaultEnv(server.address, appRoleEnv(role)));
    const seen = new Set<string>();
    await until("three tokens", async () => {
      await manager.get("a");
      for (const accessor of await issuedAccessors(server, before)) seen.add(accessor);
      return seen.size >= 3;
    });
    await manager.close();
    expect(await issuedAccessors(server, before)).toEqual([]);
  });

  test("while a login is in progress waits for its token, and revokes it", async () => {
    const server = await vaultOfTest();
    const role = await prepareAppRole(server);
    const before = await server.accessors();
    const proxy = await startCuttingProxy(server.port);
    const manager = await openVault(vaultEnv(`http://127.0.0.1:${proxy.port}`, appRoleEnv(role)));
    for (const accessor of await issuedAccessors(server, before)) await server.revokeAccessor(accessor);
    proxy.latency = 300;
    const read = manager.get("a").catch((error: unknown) => error);
    await until("there is a token", async () => (await issuedAccessors(server, before)).length > 0);
    await manager.close({ timeout: 0 });
    expect(await read).toMatchObject({ code: expect.stringMatching(/CLOSED|ABORTED|UNAVAILABLE/) });
    expect(await issuedAccessors(server, before)).toEqual([]);
    await proxy.stop();
  });

  test("while a login hangs ends within seconds", async () => {
    const server = await vaultOfTest();
    const role = await prepareAppRole(server);
    const before = await server.accessors();
    const proxy = await startCuttingProxy(server.port);
    const manager = await openVault(vaultEnv(`http://127.0.0.1:${proxy.port}`, appRoleEnv(role)));
    for (const accessor of await issuedAccessors(server, before)) await server.revokeAccessor(accessor);
    proxy.cutAt("/v1/auth/approle/login", "held", Number.POSITIVE_INFINITY);
    const cut = proxy.nextCut();
    const read = manager.get("a").catch((error: unknown) => error);
    await cut;
    const startedAt = performance.now();
    await manager.close({ timeout: 0 });
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(await read).toMatchObject({ code: expect.stringMatching(/CLOSED|ABORTED/) });
    await proxy.stop();
  });

  test("between two logins that fail does not wait for the next", async () => {
    const server = await vaultOfTest();
    const role = await prepareAppRole(server);
    const before = await server.accessors();
    const manager = await openVault(vaultEnv(server.address, appRoleEnv(role)));
    await server.deleteAppRole();
    vi.spyOn(Math, "random").mockReturnValue(0);
    for (const accessor of await issuedAccessors(server, before)) await server.revokeAccessor(accessor);
    for (let refused = 0; refused < 3; refused++) await failure(manager.get("a"));
    const waiting = manager.get("a").catch((error: unknown) => error);
    // The next would come four seconds after the third.
    const startedAt = performance.now();
    await manager.close({ timeout: 0 });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await waiting;
  });

  test("without a Vault any more is quiet and does not take long", async () => {
    const server = await vaultOfTest();
    const role = await prepareAppRole(server);
    const logger = recordedLogger();
    const manager = await openVault(vaultEnv(server.address, appRoleEnv(role)), { logger });
    await server.freeze();
    const startedAt = performance.now();
    await manager.close();
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    await server.thaw();
    expect(logger.warnings).toEqual([]);
  });

  test("leaves no timer and no socket", async () => {
    const server = await vaultOfTest();
    const role = await prepareAppRole(server, { tokenTtl: "4s" });
    const env = vaultEnv(server.address, appRoleEnv(role));
    const left = await runProgram(env, ["close", "resources"]);
    expect(left).toEqual([]);
  });

  test("forgotten: a process whose token is to be renewed ends by itself", async () => {
    const server = await vaultOfTest();
    const role = await prepareAppRole(server);
    const startedAt = performance.now();
    await runProgram(vaultEnv(server.address, appRoleEnv(role)), []);
    expect(performance.now() - startedAt).toBeLessThan(60_000);
    const { token } = await server.createToken({ policies: ["application"], ttl: "1h" });
    await runProgram(vaultEnv(server.address, tokenEnv(token)), []);
    expect(await server.isAlive(token)).toBe(true);
  });
});
