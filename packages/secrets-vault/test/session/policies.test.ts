import { setTimeout as sleep } from "node:timers/promises";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { loginsOf } from "../support/logins.ts";
import { applicationPolicy, appRoleEnv, openVault, prepareAppRole, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const readerPolicy = `
path "secret/data/archestra/*" { capabilities = ["read"] }
path "secret/metadata/archestra/*" { capabilities = ["read", "list"] }
`;

describeVault("what the policies of a token do not allow", () => {
  test("is allowed after one login once the role has another policy", async () => {
    const { server, manager } = await openReader();
    await server.createAppRole({ policies: ["application"] });
    await manager.create("a", { token: "1" });
    expect(await loginsOf(server)).toHaveLength(2);
  });

  test("is allowed to all callers that wait while that login is in progress", async () => {
    const { server, manager } = await openReader();
    await server.createAppRole({ policies: ["application"] });
    const names = Array.from({ length: 50 }, (_, index) => `name-${index}`);
    await Promise.all(names.map((name) => manager.create(name, { token: "1" })));
    expect(await loginsOf(server)).toHaveLength(2);
  });

  test("stays denied with one more login, however often it is asked for", async () => {
    const { server, manager } = await openReader();
    const attempts = Array.from({ length: 200 }, (_, index) =>
      failure(manager.create(`a-${index}`, { token: "1" })),
    );
    for (const error of await Promise.all(attempts)) expect(error.code).toBe("PERMISSION_DENIED");
    for (let attempt = 0; attempt < 20; attempt++) await failure(manager.create("b", { token: "1" }));
    expect(await loginsOf(server)).toHaveLength(2);
  });

  test("costs no login at the start, which asks what is allowed", async () => {
    const server = await vaultOfTest({ audit: true });
    const role = await prepareAppRole(server, { tokenNoDefaultPolicy: true, policies: ["reader"] });
    await server.putPolicy("reader", readerPolicy);
    await openVault(vaultEnv(server.address, appRoleEnv(role)), { logger: recordedLogger() });
    expect(await loginsOf(server)).toHaveLength(1);
  });
});

/** A manager whose token may only read, and is no longer so young that it has the policies of now. */
async function openReader() {
  const server = await vaultOfTest({ audit: true });
  const role = await prepareAppRole(server, { policies: ["reader"] });
  await server.putPolicy("reader", readerPolicy);
  await server.putPolicy("application", applicationPolicy);
  const manager = await openVault(vaultEnv(server.address, appRoleEnv(role)), { logger: recordedLogger() });
  await sleep(1_100);
  return { server, manager };
}
