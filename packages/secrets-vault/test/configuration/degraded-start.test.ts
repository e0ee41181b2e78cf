import { startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { startStubVault } from "@archestra/test-servers/stub-vault";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, onTestFinished, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { until } from "../support/until.ts";

const UNAVAILABLE_AT_START = "ARCHESTRA_SECRETS_VAULT_UNAVAILABLE_AT_START";

describeVault("a start", () => {
  test("without a Vault in reach opens with a warning, and heals without a restart", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const proxy = await startCuttingProxy(server.port);
    onTestFinished(() => proxy.stop());
    await proxy.refuse();
    const logger = recordedLogger();
    const env = vaultEnv(`http://127.0.0.1:${proxy.port}`, tokenEnv(server.rootToken));
    const manager = await openVault(env, { logger });
    expect(logger.warnings.map(({ fields }) => fields.code)).toEqual([UNAVAILABLE_AT_START]);
    expect(logger.warnings[0]?.message).toContain("nothing accepts connections there");
    expect((await failure(manager.get("a"))).code).toBe("UNAVAILABLE");
    expect((await manager.check()).status).not.toBe("healthy");
    await proxy.heal();
    await until("a secret is created", () => manager.set("a", { token: "1" }).then(Boolean, () => false));
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
    expect((await manager.check()).status).toBe("healthy");
  });

  test("with a sealed Vault opens with a warning, and heals without a restart", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    await server.seal();
    const logger = recordedLogger();
    const manager = await openVault(vaultEnv(server.address, tokenEnv(server.rootToken)), { logger });
    expect(logger.warnings.map(({ fields }) => fields.code)).toEqual([UNAVAILABLE_AT_START]);
    expect(logger.warnings[0]?.message).toContain("it is sealed. Unseal it");
    const error = await failure(manager.get("a"));
    expect([error.code, error.reason, error.retryable]).toEqual(["UNAVAILABLE", "SEALED", true]);
    await server.unseal();
    await until("a secret is created", () => manager.set("a", { token: "1" }).then(Boolean, () => false));
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
  });

  test("with a sealed Vault of the wrong version reports that when it is unsealed, and never absence", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 1);
    await server.seal();
    const manager = await openVault(vaultEnv(server.address, tokenEnv(server.rootToken)), {
      logger: recordedLogger(),
    });
    await server.unseal();
    await until("Vault is asked", async () => {
      const { code } = await failure(manager.get("a"));
      return code === "INVALID_CONFIGURATION";
    });
    expect((await failure(manager.set("a", { token: "1" }))).reason).toBe("WRONG_KV_VERSION");
  });

  test("with a clock that differs from Vault's warns by how much (stub)", async () => {
    const stub = await startStubVault();
    onTestFinished(() => stub.stop());
    const mount = { path: "secret/", type: "kv", options: { version: "2" } };
    const time = Math.round(Date.now() / 1_000);
    stub
      .script("GET", "/v1/auth/token/lookup-self", {
        status: 200,
        body: { data: { ttl: 0, expire_time: null } },
      })
      .script("GET", "/v1/sys/internal/ui/mounts/secret/data/archestra", {
        status: 200,
        body: { data: mount },
      })
      .script("POST", "/v1/sys/capabilities-self", { status: 200, body: { data: {} } });
    const warned = async (serverTime: unknown) => {
      stub.script("GET", "/v1/sys/health", { status: 200, body: { server_time_utc: serverTime } });
      const logger = recordedLogger();
      await openVault(vaultEnv(stub.address, tokenEnv("a-token")), { logger });
      return logger.warnings.map(({ message }) => message);
    };
    expect(await warned(time)).toEqual([]);
    expect(await warned(time - 30)).toEqual([]);
    expect(await warned("no time")).toEqual([]);
    expect(await warned(time - 3_600)).toEqual([
      expect.stringMatching(/3[56]\d\d s ahead of the clock of Vault.*NTP/),
    ]);
    expect(await warned(time + 3_600)).toEqual([
      expect.stringMatching(/3[56]\d\d s behind the clock of Vault.*NTP/),
    ]);
  });

  test("sends the namespace with every request but the one for the health (stub)", async () => {
    const stub = await startStubVault();
    onTestFinished(() => stub.stop());
    const mount = { path: "secret/", type: "kv", options: { version: "2" } };
    stub
      .script("GET", "/v1/sys/health", { status: 200, body: {} })
      .script("GET", "/v1/auth/token/lookup-self", {
        status: 200,
        body: { data: { ttl: 0, expire_time: null } },
      })
      .script("GET", "/v1/sys/internal/ui/mounts/secret/data/archestra", {
        status: 200,
        body: { data: mount },
      })
      .script("POST", "/v1/sys/capabilities-self", { status: 200, body: { data: {} } })
      .script("GET", "/v1/secret/data/archestra/a", { status: 404, body: { errors: [] } });
    const env = { ARCHESTRA_HASHICORP_VAULT_NAMESPACE: "team/a", ...tokenEnv("a-token") };
    const manager = await openVault(vaultEnv(stub.address, env), { logger: recordedLogger() });
    expect(await manager.get("a")).toBeUndefined();
    const sent = stub.requests.map(({ path, headers }) => [path, headers["x-vault-namespace"]]);
    expect(sent).toHaveLength(6);
    for (const [path, namespace] of sent)
      expect(namespace, String(path)).toBe(path === "/v1/sys/health" ? undefined : "team/a");
    for (const { headers } of stub.requests) expect(headers["x-vault-request"]).toBe("true");
  });
});
