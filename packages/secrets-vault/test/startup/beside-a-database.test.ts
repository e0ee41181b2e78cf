import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createSecretsManager, type Environment } from "@archestra/secrets-core";
import { MemoryStore, memoryPlugin } from "@archestra/secrets-core/memory";
import { startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, onTestFinished, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { until } from "../support/until.ts";

const value = { token: "of the database" };

/** Stands for the database, of which this package knows what every one does. It has a secret `a`. */
async function database() {
  const store = new MemoryStore();
  const plugin = memoryPlugin({ store });
  const manager = await createSecretsManager({ plugins: [plugin], manager: "MEMORY", env: {} });
  await manager.create("a", value);
  await manager.close();
  return plugin;
}

/** A fault of a Vault, and its repair. */
interface Trouble {
  readonly env: Environment;
  readonly code: string;
  readonly mend: () => Promise<unknown>;
}

const troubles: Readonly<Record<string, (server: VaultServer) => Promise<Trouble>>> = {
  async "a dead token"(server) {
    await server.mountKv("secret", 2);
    const file = join(server.folder, "token");
    await writeFile(file, "hvs.dead");
    return {
      env: { ARCHESTRA_HASHICORP_VAULT_TOKEN_FILE: file },
      code: "UNAUTHENTICATED",
      mend: () => writeFile(file, server.rootToken),
    };
  },
  async "a missing mount"(server) {
    return {
      env: tokenEnv(server.rootToken),
      code: "PERMISSION_DENIED",
      mend: () => server.mountKv("secret", 2),
    };
  },
  async "a mount of another version"(server) {
    await server.mountKv("secret", 1);
    return {
      env: tokenEnv(server.rootToken),
      code: "INVALID_CONFIGURATION",
      async mend() {
        await server.request("DELETE", "sys/mounts/secret");
        await server.mountKv("secret", 2);
      },
    };
  },
};

describeVault("a start with a database among the plugins", () => {
  test.each(Object.entries(troubles))(
    "and %s opens with a warning, serves the secrets of the database, and heals",
    async (_kind, arrange) => {
      const server = await vaultOfTest();
      const { env, code, mend } = await arrange(server);
      const plugin = await database();
      const logger = recordedLogger();
      const manager = await openVault(vaultEnv(server.address, env), { logger }, [plugin]);
      const warnings = logger.warnings.filter(
        ({ fields }) => fields.code === "ARCHESTRA_SECRETS_VAULT_REFUSED_AT_START",
      );
      expect(warnings).toHaveLength(1);
      expect((await manager.get("a"))?.value).toEqual(value);
      await manager.update("a", value);
      const error = await failure(manager.create("b", { token: "1" }));
      expect(warnings[0]?.fields.error).toBe(error.code);
      expect(error.code).not.toBe("NOT_FOUND");
      expect((await failure(manager.get("b"))).code).toBe(error.code);
      const health = await manager.check();
      expect([health.status, health.problems[0]?.code]).toEqual(["unavailable", error.code]);
      expect([code, "INVALID_CONFIGURATION"]).toContain(error.code);
      await mend();
      await until("a secret is created", () => manager.set("b", { token: "1" }).then(Boolean, () => false));
      expect((await manager.get("b"))?.manager).toBe("VAULT");
      expect((await manager.check()).status).toBe("healthy");
    },
  );

  test.each(Object.entries(troubles))("and %s stops it in strict mode", async (_kind, arrange) => {
    const server = await vaultOfTest({ tls: {} });
    const { env, code } = await arrange(server);
    const more = { ...env, ARCHESTRA_HASHICORP_VAULT_CACERT: server.tls?.authority };
    const start = openVault(vaultEnv(server.address, more), { logger: recordedLogger(), strict: true }, [
      await database(),
    ]);
    expect([code, "INVALID_CONFIGURATION"]).toContain((await failure(start)).code);
  });

  test("and settings that are wrong without asking Vault stops", async () => {
    const env = { ...tokenEnv("hvs.token"), ARCHESTRA_HASHICORP_VAULT_CACERT: "/nowhere/ca.pem" };
    const start = openVault(vaultEnv("https://127.0.0.1:1", env), { logger: recordedLogger() }, [
      await database(),
    ]);
    expect(await failure(start)).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "UNREADABLE_FILE" });
  });

  test("and a Vault that never answers opens with a warning in the time that a start waits", async () => {
    const { port } = await silentServer();
    const plugin = await database();
    const startedAt = performance.now();
    const env = vaultEnv(`http://127.0.0.1:${port}`, tokenEnv("hvs.token"));
    const manager = await openVault(env, { logger: recordedLogger() }, [plugin]);
    // Ten seconds, on a busy machine.
    expect(performance.now() - startedAt).toBeLessThan(16_000);
    expect((await manager.get("a"))?.value).toEqual(value);
  });

  test("and no Vault sends each request of the start once or twice, and waits for no other login", async () => {
    const attempts: number[] = [];
    const refusing = createServer((socket) => {
      attempts.push(performance.now());
      socket.destroy();
    });
    refusing.listen(0, "127.0.0.1");
    await once(refusing, "listening");
    onTestFinished(() => void refusing.close());
    const { port } = refusing.address() as AddressInfo;
    const logger = recordedLogger();
    const env = vaultEnv(`http://127.0.0.1:${port}`, tokenEnv("hvs.token"));
    const manager = await openVault(env, { logger }, [await database()]);
    const connections = attempts.length;
    expect(logger.warnings.map(({ fields }) => fields.code)).toContain(
      "ARCHESTRA_SECRETS_VAULT_UNAVAILABLE_AT_START",
    );
    // The read of the clock, and the lookup of the token.
    expect(connections).toBe(2);
    expect((await manager.get("a"))?.value).toEqual(value);
  });

  test("and a Vault whose health page alone is silent does not wait for it", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const proxy = await startCuttingProxy(server.port);
    onTestFinished(() => proxy.stop());
    proxy.cutAt("/v1/sys/health", "held", Number.POSITIVE_INFINITY);
    const logger = recordedLogger();
    const env = vaultEnv(`http://127.0.0.1:${proxy.port}`, tokenEnv(server.rootToken));
    const startedAt = performance.now();
    await openVault(env, { logger }, [await database()]);
    expect(performance.now() - startedAt).toBeLessThan(7_000);
    expect(logger.warnings.map(({ fields }) => fields.code)).not.toContain(
      "ARCHESTRA_SECRETS_VAULT_UNAVAILABLE_AT_START",
    );
  });
});

/** Takes connections, and never answers. */
async function silentServer(): Promise<AddressInfo> {
  const server = createServer();
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return server.address() as AddressInfo;
}
