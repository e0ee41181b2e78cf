import type { Environment } from "@archestra/secrets-core";
import { plantedText } from "@archestra/test-harness/planted-values";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, onTestFinished, test } from "vitest";
import { failure } from "../support/failure.ts";
import { applicationPolicy, openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { type RewrittenPaths, startRewritingProxy } from "../support/rewriting-proxy.ts";

const VERSION = "ARCHESTRA_HASHICORP_VAULT_KV_VERSION";
const PATH = "ARCHESTRA_HASHICORP_VAULT_SECRET_PATH";
const METADATA = "ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH";
const WARNING = "ARCHESTRA_SECRETS_VAULT_METADATA_PATH";

const paths: RewrittenPaths = {
  "apps/values": "secret/data/archestra",
  "apps/info": "secret/metadata/archestra",
};
const env: Environment = { [PATH]: "apps/values", [METADATA]: "apps/info" };

async function serverBehindProxy(rewritten: RewrittenPaths) {
  const server = await vaultOfTest();
  await server.mountKv("secret", 2);
  const proxy = await startRewritingProxy(server.address, rewritten);
  onTestFinished(() => proxy.stop());
  return { server, address: proxy.address };
}

async function applicationToken(server: VaultServer): Promise<string> {
  await server.putPolicy("application", applicationPolicy);
  return (await server.createToken({ policies: ["application"] })).token;
}

async function expectEverythingWorks(address: string, token: string): Promise<void> {
  const logger = recordedLogger();
  const manager = await openVault(vaultEnv(address, { ...tokenEnv(token), ...env }), { logger });
  expect(await manager.get("a")).toBeUndefined();
  await manager.create("a", { token: "1" });
  await manager.create("team/b", { token: "2" });
  await manager.update("a", { token: "3" });
  expect((await manager.get("a"))?.value).toEqual({ token: "3" });
  expect(await Array.fromAsync(manager.list(), ({ name }) => name)).toEqual(["a", "team/b"]);
  expect(await manager.delete("a")).toBe(true);
  expect(await manager.delete("a")).toBe(false);
  expect(await manager.delete("team/b")).toBe(true);
  expect(await manager.get("a")).toBeUndefined();
}

describeVault("a metadata path outside the convention of `data` and `metadata`", () => {
  test("works behind a proxy that rewrites the paths of the secrets alone", async () => {
    const { server, address } = await serverBehindProxy(paths);
    await expectEverythingWorks(address, server.rootToken);
    await expectEverythingWorks(address, await applicationToken(server));
  });

  test("works behind a proxy that rewrites the question for the mount, too", async () => {
    const { server, address } = await serverBehindProxy({
      ...paths,
      "sys/internal/ui/mounts/apps/values": "sys/internal/ui/mounts/secret/data/archestra",
    });
    await expectEverythingWorks(address, await applicationToken(server));
  });

  test("does not make absence proven when the values are on KV 1", async () => {
    const { server, address } = await serverBehindProxy({ "apps/values": "kv1/archestra" });
    await server.mountKv("kv1", 1);
    const manager = await openVault(vaultEnv(address, { ...tokenEnv(server.rootToken), ...env }));
    const error = await failure(manager.get("a"));
    expect([error.code, error.reason]).toEqual(["PERMISSION_DENIED", "MOUNT_NOT_PROVEN"]);
  });

  test.each<[what: string, env: Environment, expected: string]>([
    [
      "of another prefix",
      { [PATH]: "secret/data/app", [METADATA]: "secret/metadata/other" },
      "secret/metadata/app",
    ],
    [
      "of another mount",
      { [PATH]: "secret/data/app", [METADATA]: "other/metadata/app" },
      "secret/metadata/app",
    ],
    [
      "that is the path of the values",
      { [PATH]: "secret/data/app", [METADATA]: "secret/data/app" },
      "secret/metadata/app",
    ],
    [
      "that swaps the segment of a deeper folder",
      { [PATH]: "secret/data/app/data", [METADATA]: "secret/data/app/metadata" },
      "secret/metadata/app/data",
    ],
    [
      "beside a prefix without `data`",
      { [PATH]: "secret/app", [METADATA]: "secret/metadata/app" },
      "secret/data",
    ],
  ])("%s is used as given, with one warning of what the mount proves", async (_what, given, expected) => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const logger = recordedLogger();
    await openVault(vaultEnv(server.address, { ...tokenEnv(server.rootToken), ...given }), { logger });
    expect(logger.warnings.map(({ fields }) => fields.code)).toEqual([WARNING]);
    expect(logger.warnings[0]?.message).toContain(`"${expected}"`);
    expect(logger.warnings[0]?.message).toContain(METADATA);
  });

  test("is not quoted by the warning, since it may be a secret that belongs elsewhere", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const [logger, planted] = [recordedLogger(), plantedText()];
    await openVault(vaultEnv(server.address, { ...tokenEnv(server.rootToken), [METADATA]: planted }), {
      logger,
    });
    expect(logger.warnings).toHaveLength(1);
    expect(JSON.stringify(logger.warnings)).not.toContain(planted);
  });

  test("that is wrong does not let a deletion claim to have removed the value", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const given = { [PATH]: "secret/data/app", [METADATA]: "secret/metadata/other" };
    const manager = await openVault(vaultEnv(server.address, { ...tokenEnv(server.rootToken), ...given }));
    await manager.create("a", { token: "1" });
    const error = await failure(manager.delete("a"));
    expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "WRONG_METADATA_PATH"]);
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
  });

  test("is ignored on KV 1, with a warning", async () => {
    const server = await vaultOfTest();
    await server.mountKv("kv1", 1);
    const logger = recordedLogger();
    const given = { [VERSION]: "1", [PATH]: "kv1/app", [METADATA]: "nowhere/app" };
    const manager = await openVault(vaultEnv(server.address, { ...tokenEnv(server.rootToken), ...given }), {
      logger,
    });
    expect(logger.warnings.map(({ fields }) => fields.code)).toEqual([WARNING]);
    expect(logger.warnings[0]?.message).toContain(VERSION);
    await manager.create("a", { token: "1" });
    expect(await Array.fromAsync(manager.list(), ({ name }) => name)).toEqual(["a"]);
    expect(await manager.delete("a")).toBe(true);
  });
});
