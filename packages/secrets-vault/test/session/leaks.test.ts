import { SecretsError } from "@archestra/secrets-core";
import { definePlugin } from "@archestra/secrets-core/plugin";
import { plantedText, showsPlantedText, watchForPlantedTexts } from "@archestra/test-harness/planted-values";
import { startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { startStubVault } from "@archestra/test-servers/stub-vault";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, onTestFinished, test } from "vitest";
import { vaultAuth } from "../../src/auth.ts";
import { failure } from "../support/failure.ts";
import {
  applicationPolicy,
  appRoleEnv,
  openVault,
  prepareAppRole,
  tokenEnv,
  vaultEnv,
} from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

// All errors of ours, warnings, events and output of these tests are searched for what they plant.
watchForPlantedTexts(SecretsError);

describeVault("no failure of the session shows", () => {
  test("a secret id that Vault refuses, at the start or later", async () => {
    const server = await vaultOfTest();
    const role = await prepareAppRole(server);
    const wrong = appRoleEnv({ ...role, secretId: plantedText() });
    const error = await failure(openVault(vaultEnv(server.address, wrong)));
    expectShowsNothing(error);

    const secretId = plantedText();
    await server.request("POST", "auth/approle/role/application/custom-secret-id", { secret_id: secretId });
    const logger = recordedLogger();
    const before = await server.accessors();
    const manager = await openVault(vaultEnv(server.address, appRoleEnv({ ...role, secretId })), { logger });
    const value = { token: plantedText() };
    await manager.create("a", value);
    await server.deleteAppRole();
    for (const accessor of await server.accessors()) {
      if (!before.includes(accessor)) await server.revokeAccessor(accessor);
    }
    expectShowsNothing(await failure(manager.get("a")), await failure(manager.set("a", value)));
    expectShowsNothing(manager, logger.warnings);
  });

  test("a token that was handed over, alive, dead, or of a shape that no token has", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    await server.putPolicy("application", applicationPolicy);
    const token = plantedText();
    await server.request("POST", "auth/token/create", { id: token, policies: ["application"], ttl: "1h" });
    const logger = recordedLogger();
    const manager = await openVault(vaultEnv(server.address, tokenEnv(token)), { logger });
    await manager.create("a", { token: plantedText() });
    expectShowsNothing(manager, await manager.check());
    await server.revokeToken(token);
    expectShowsNothing(await failure(manager.get("a")), await failure(manager.list().next()));
    for (const shape of [`${plantedText()}\nx`, `${plantedText()} x`, `${plantedText()}é`, plantedText()]) {
      expectShowsNothing(await failure(openVault(vaultEnv(server.address, tokenEnv(shape)))));
    }
    expectShowsNothing(logger.warnings);
  });

  test("a token or a secret id when the connection breaks in a login, a read or a write", async () => {
    const server = await vaultOfTest();
    const role = await prepareAppRole(server);
    const secretId = plantedText();
    await server.request("POST", "auth/approle/role/application/custom-secret-id", { secret_id: secretId });
    const proxy = await startCuttingProxy(server.port);
    onTestFinished(() => proxy.stop());
    const env = vaultEnv(`http://127.0.0.1:${proxy.port}`, appRoleEnv({ ...role, secretId }));
    const logger = recordedLogger();
    const manager = await openVault(env, { logger, timeout: 2_000 });
    proxy.cutAt(undefined, "after", Number.POSITIVE_INFINITY);
    const value = { token: plantedText() };
    expectShowsNothing(
      await failure(manager.get("a")),
      await failure(manager.create("a", value)),
      await failure(manager.set("b", value)),
    );
    expectShowsNothing(logger.warnings, manager);
  });
});

test("an error of an authentication method that is none of ours does not show what it quotes", async () => {
  const stub = await startStubVault();
  onTestFinished(() => stub.stop());
  const secret = plantedText();
  const careless = definePlugin({
    kind: vaultAuth,
    id: "CARELESS",
    contractVersion: 1,
    settings: {},
    create: () => ({
      login: () => Promise.reject(Object.assign(new Error(`no login with ${secret}`), { secret })),
    }),
  });
  const env = vaultEnv(stub.address, { ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "CARELESS" });
  const error = await failure(openVault(env, {}, [careless]));
  expectShowsNothing(error);
  expect(error.code).toBe("INTERNAL");
});

function expectShowsNothing(...things: readonly unknown[]): void {
  expect(things.map(showsPlantedText)).toEqual(things.map(() => false));
}
